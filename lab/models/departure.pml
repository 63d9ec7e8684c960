/* The end of one loading of a module (Departure): one stage after another, each of which may fail, in a
 * thread of its own. Commands ask for it by its name: who claims the name begins, and who comes later
 * waits for the same end. A command that fails gives its claim back. What a module has acquired may call
 * it at any moment, and its drivers may be called by whoever is counted first. Left out: what is saved of
 * devices, waiting for what was registered, leftovers.
 *
 * -DMISTAKE=1  what fails in a stage ends the thread (nothing is caught)
 *         =2  what fails in a stage lets the others be skipped
 *         =3  the table is left before the stages
 *         =4  a command that fails does not give its claim back (no finally)
 *
 * Expected: nothing wrong; with a mistake, a command that waits for ever, a use of code that has gone, or
 * a name that is given to one while another is registered by it. */
#ifndef MISTAKE
#define MISTAKE 0
#endif
#define NONE 255
#define COMMANDS 2
#ifndef TURNS
#define TURNS 3
#endif
#define LOADINGS 3

/* The stages; what is done in each is done although it fails. */
#define DRAIN 0
#define DRIVERS 1
#define EXIT 2
#define RELEASE 3
#define FORGET 4
#define STAGES 5

byte table = NONE;           /* which loading has the name */
bool isClaimed;              /* whether somebody loads it, unloads it, or decides whether to */
byte loaded;                 /* how many loadings there have been */
bool isBegun[LOADINGS];      /* nobody enters any more: its departure has begun */
bool isOver[LOADINGS];       /* there is a receipt */
bool mapped[LOADINGS];       /* its classes are there */
bool isRegistered[LOADINGS]; /* its drivers are */
bool isHeld[LOADINGS];       /* what it has acquired is */
byte inside[LOADINGS];

inline touch(g) { assert(mapped[g]) }

proctype departure(byte g) {
  byte stage = DRAIN;
  bool throws = false;
#if MISTAKE == 3
  atomic { table = NONE; isClaimed = false };
#endif
  do
  :: stage == STAGES -> break
  :: else ->
    if
    :: stage == DRAIN -> inside[g] == 0
    :: stage == DRIVERS -> isRegistered[g] = false
    :: stage == EXIT -> touch(g)
    :: stage == RELEASE -> isHeld[g] = false
    :: stage == FORGET -> mapped[g] = false
    fi;
    if :: throws = true :: throws = false fi;
#if MISTAKE == 1
    if :: throws -> goto ended :: else -> skip fi;
#elif MISTAKE == 2
    if :: throws -> break :: else -> skip fi;
#endif
    stage++
  od;
  atomic {
    mapped[g] = false;
#if MISTAKE != 3
    table = NONE;
    isClaimed = false;
#endif
    isOver[g] = true
  };
ended:
  skip
}

inline insmod() {
  atomic {
    if
    :: table == NONE && loaded < LOADINGS ->
      assert(!isRegistered[0] && !isRegistered[1] && !isRegistered[2]);
      g = loaded;
      loaded++;
      table = g;
      isClaimed = true;
      mapped[g] = true
    :: else -> g = NONE                  /* EEXIST */
    fi
  };
  if
  :: g == NONE -> skip
  :: g != NONE -> atomic { isHeld[g] = true; isRegistered[g] = true; isClaimed = false }
  :: g != NONE ->                        /* its init throws when it has acquired something */
    atomic { isHeld[g] = true; isBegun[g] = true; run departure(g) };
    isOver[g]
  fi
}

inline rmmod() {
  g = table;
  if
  :: g == NONE -> skip                   /* ENOENT */
  :: else ->
    atomic {
      !isClaimed || isBegun[g] || table != g;
      claims = !isClaimed && !isBegun[g] && table == g;
      if :: claims -> isClaimed = true :: else -> skip fi
    };
    if
    :: !claims -> !isBegun[g] || isOver[g]
    :: claims && inside[g] > 0 ->        /* EBUSY */
#if MISTAKE != 4
      isClaimed = false
#else
      skip
#endif
    :: claims ->                         /* --revoke, or nobody is inside */
      atomic { isBegun[g] = true; run departure(g) };
      isOver[g]
    fi
  fi
}

proctype command() {
  byte turn = TURNS;
  byte g;
  bool claims;
  do
  :: turn == 0 -> break
  :: else ->
    turn--;
    if
    :: true -> insmod()
    :: true -> rmmod()
    fi;
    atomic { g = NONE; claims = false }
  od
}

/* Whoever finds a driver is counted before he calls it, or refused. */
proctype user() {
  byte g;
end:
  atomic { table != NONE && isRegistered[table] && !isBegun[table] -> g = table; inside[g]++ };
  touch(g);
  inside[g]--
}

/* A timer, a handler, a thread: nobody counts it. */
proctype resource(byte g) {
end:
  atomic { isHeld[g] -> touch(g) }
}

init {
  atomic {
    byte i;
    for (i : 1 .. COMMANDS) { run command() };
    for (i : 0 .. LOADINGS - 1) { run resource(i) };
    run user()
  }
}
