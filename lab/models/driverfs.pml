/* Strategy 9, driverfs: what this project ships.
 *
 * A loading has a use count: stripes and a state. Whoever enters raises a stripe and then reads the
 * state; whoever closes writes the state and then sums the stripes. A failing try passes through
 * DOUBT, and who meets it waits for the outcome. An open file holds an entry and counts those inside
 * it; revoking retires it, and whoever takes the last reference gives the entry back. A caller may
 * ask for an unloading and wait for its end; one that is inside what it asks for is told EDEADLK.
 * The closer sleeps until somebody who leaves gives it a permit, as park and unpark have it.
 *
 * A use count is memory of the host: it stays as long as somebody knows it, whatever happens to the
 * code that it counts for.
 *
 * -DMISTAKE=1  a nested entry on another stripe than the outer one
 *         =2  the closer sums before it writes the state
 *         =3  the opener does not look again after its file is in the list
 *         =4  nobody is told EDEADLK
 *         =5  who meets a doubt is refused
 *         =6  a revoked file gives its entry back at once, whoever is inside
 *         =7  who leaves reads the state before it lowers its stripe
 *
 * Expected: nothing wrong; with a mistake, a use of code that was freed, an end that never comes, or
 * an access that failed although it need not have. */
#ifndef MISTAKE
#define MISTAKE 0
#endif
#include "world.pml"

#define LIVE 0
#define DOUBT 1
#define CLOSING 2
#define CLOSED 3
#define STRIPES 2

byte state[LOADS];
byte stripes[4];          /* STRIPES for each loading */
bool hasClosed[LOADS];    /* whether some closing has been decided */
bool hasCloser;           /* whether somebody waits in close: there is one unloading at a time */
bool permit;              /* of that one */

/* One open file of each caller: who is inside, and whether it is in the list of its directory. */
bool isOpen[CALLERS];
bool isListed[CALLERS];
bool isRetired[CALLERS];
byte references[CALLERS];
byte fileOf[CALLERS];     /* of which loading */
byte fileStripe[CALLERS];
byte revocations;

/* Lowers the stripe, then reads the state, and wakes the closer if it is not LIVE. */
inline leave(g, s) {
#if MISTAKE == 7
  seenAtLeave = state[g] != LIVE;
  stripes[g * STRIPES + s]--;
  if :: seenAtLeave && hasCloser -> permit = true :: else -> skip fi
#else
  stripes[g * STRIPES + s]--;
  atomic { if :: state[g] != LIVE && hasCloser -> permit = true :: else -> skip fi }
#endif
}

inline enter(g, s, in) {
  in = false;
  do
  :: true ->
    stripes[g * STRIPES + s]++;
    seen = state[g];
    if
    :: seen == LIVE -> in = true; break
    :: else -> skip
    fi;
    leave(g, s);
    if
#if MISTAKE == 5
    :: seen == DOUBT -> assert(hasClosed[g]); break
#endif
    :: seen >= CLOSING -> assert(hasClosed[g]); break  /* refused, and rightly */
    :: else -> state[g] != DOUBT                       /* waits for the outcome */
    fi
  od
}

/* A second entry of somebody who is inside, which succeeds in every state. */
#if MISTAKE == 1
inline nested(g, s) { stripes[g * STRIPES + 1 - s]++ }
inline leaveNested(g, s) { s = 1 - s; leave(g, s); s = 1 - s }
#else
inline nested(g, s) { stripes[g * STRIPES + s]++ }
inline leaveNested(g, s) { leave(g, s) }
#endif

/* Gives back one reference to a file; the last after its retirement gives its entry back. */
inline putFile(c) {
  atomic {
    references[c]--;
    last = isRetired[c] && references[c] == 0
  };
  if
  :: last ->
    last = false;
#if MISTAKE != 6
    leave(fileOf[c], fileStripe[c]);
#endif
    atomic { isListed[c] = false; isOpen[c] = false; isRetired[c] = false; fileOf[c] = 0; fileStripe[c] = 0 }
  :: else -> skip
  fi
}

/* Retires a file, once, and gives back the reference of its opening. */
inline retire(c) {
  atomic {
    first = isOpen[c] && !isRetired[c];
    if :: first -> isRetired[c] = true :: else -> skip fi
  };
  if
  :: first ->
    first = false;
#if MISTAKE == 6
    leave(fileOf[c], fileStripe[c]);
#endif
    putFile(c)
  :: else -> skip
  fi
}

/* Asks for an unloading, and waits for its end. The unloader may come at any time, asked or not. */
inline unload(g) {
  if
#if MISTAKE != 4
  :: isInside -> skip                    /* the gate knows that this thread is: EDEADLK */
#endif
  :: else -> state[g] == CLOSED
  fi
}

proctype caller(byte me; byte s) {
  bool isInside;
  byte drv;
  byte turn = TURNS;
  byte before;
  byte seen;
  bool in;
  bool last;
  bool first;
#if MISTAKE == 7
  bool seenAtLeave;
#endif
  do
  :: turn == 0 -> break
  :: else ->
    /* Reading the revocations at the same moment loses nothing: who revokes has closed before. */
    atomic {
      turn--; drv = published; before = revocations
#if TURNS > 1
      ; if :: s = 0 :: s = 1 fi
#endif
    };
    if
    :: drv == NONE -> skip
#if CALLERS < 3
    :: drv != NONE -> unload(drv)        /* somebody who is not inside, which changes nothing for others */
#endif
    :: drv != NONE ->
      enter(drv, s, in);
      if
      :: !in -> skip
      :: in -> /* a call, which asks for the unloading of its own module */
        atomic { isInside = true; touch(drv); unload(drv); isInside = false };
        leave(drv, s)
      :: in -> /* a call that counts what it makes, and ends before that: an entry is handed on */
        nested(drv, s);
        leave(drv, s);
        touch(drv);
        leaveNested(drv, s)
      :: in -> /* an opening, a read, and perhaps a close */
        atomic {
          fileOf[me] = drv;
          fileStripe[me] = s;
          references[me] = 1;
          isOpen[me] = true;
          isListed[me] = true            /* nobody knows of it before */
        };
#if MISTAKE != 3
        /* Who revokes counts that and then looks at the list; this is in the list and then looks. */
        if
        :: revocations != before -> retire(me)
        :: else -> skip
        fi;
#endif
        atomic {                         /* the read counts itself inside */
          in = isOpen[me] && !isRetired[me];
          if :: in -> references[me]++ :: else -> skip fi
        };
        if
        :: in -> touch(drv); putFile(me)
        :: else -> skip                  /* ENODEV */
        fi;
        if
        :: retire(me)                    /* the client closes it */
        :: skip                          /* or never does */
        fi;
        !isOpen[me]
      fi
    fi;
    atomic { drv = NONE; before = 0; seen = 0; in = false }
  od
}

proctype unloader() {
  byte g = 0;
  byte sum;
  byte c;
  bool last;
  bool first;
#if MISTAKE == 7
  bool seenAtLeave;
#endif
  bool done;
  do
  :: g == LOADS -> break
  :: else ->
    atomic { mapped[g] = true; published = g; done = false };
    if
    :: /* rmmod: a try, which fails or does not */
      state[g] = DOUBT;
      sum = stripes[g * STRIPES];
      sum = sum + stripes[g * STRIPES + 1];
      if
      :: sum == 0 -> atomic { hasClosed[g] = true; state[g] = CLOSING; done = true }
      :: else -> state[g] = LIVE
      fi
    :: skip
    fi;
    if
    :: done -> skip
    :: else -> /* rmmod --revoke */
#if MISTAKE != 2
      atomic { hasClosed[g] = true; state[g] = CLOSING };
#endif
      atomic { hasCloser = true; revocations++ };
      c = 0;
      do
      :: c == CALLERS -> break
      :: else ->
        if
        :: isListed[c] && fileOf[c] == g -> retire(c)
        :: else -> skip
        fi;
        c++
      od;
      do /* sums, until it finds nothing */
      :: true ->
        sum = stripes[g * STRIPES];
        sum = sum + stripes[g * STRIPES + 1];
        if
        :: sum == 0 -> break
        :: else -> atomic { permit -> permit = false }
        fi
      od;
      atomic { hasCloser = false; permit = false; sum = 0 };
#if MISTAKE == 2
      atomic { hasClosed[g] = true; state[g] = CLOSING };
#endif
    fi;
    atomic { state[g] = CLOSED; published = NONE };
    mapped[g] = false;
    g++
  od
}

/* Callers are alike but for their stripes: which of them has which does not matter. */
init {
  atomic {
    byte c;
    byte s = 0;
    run unloader();
    for (c : 0 .. CALLERS - 1) {
      if :: skip :: s = 1 fi;
      run caller(c, s)
    }
  }
}
