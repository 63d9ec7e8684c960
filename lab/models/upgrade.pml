/* An upgrade (Upgrade, Upgrades): the next version is loaded beside the old one, the devices go to it
 * one after another, and then the two exchange their names, all or none. Each device may be refused;
 * then those that have gone come back and the next version is unloaded. Meanwhile others load, unload
 * and upgrade under all names.
 *
 * A version has the name M while it is the one in use, and the name of its version beside that.
 *
 * -DMISTAKE=1  the name that the old version gets is not reserved
 *         =2  a failed upgrade does not take the devices back (no finally)
 *         =3  a failed upgrade does not give back the name that it has reserved
 *         =4  a failed upgrade does not give back its claim of the old version
 *
 * Expected: nothing wrong; with a mistake, a device whose driver has gone, or a name that two have or
 * that nobody can have any more. */
#ifndef MISTAKE
#define MISTAKE 0
#endif
#define NONE 255
#define COMMANDS 2
#ifndef TURNS
#define TURNS 2
#endif
#define DEVICES 2
#define VERSIONS 2
#define M 0                  /* the names: M, and those beside it */
#define BESIDE(v) (1 + (v))
#define NAMES 3
#define LOADINGS 5

byte table[NAMES];           /* which loading has a name */
bool isReserved[NAMES];
bool isClaimed[LOADINGS];
byte version[LOADINGS];
bool mapped[LOADINGS];
byte driver[DEVICES];        /* which loading's driver a device has */
byte loaded;
byte ended;                  /* how many commands have */

inline touch(g) { assert(g == NONE || mapped[g]) }

/* Enters a module by a name that is free. */
inline enter(name, v, g) {
  atomic {
    if
    :: table[name] == NONE && !isReserved[name] && loaded < LOADINGS ->
      g = loaded;
      loaded++;
      version[g] = v;
      mapped[g] = true;
      isClaimed[g] = true;               /* by whoever loads it */
      table[name] = g
    :: else -> g = NONE
    fi
  }
}

/* Unloads one that the caller has claimed: its devices have no driver then. */
inline unload(name, g) {
  atomic {
    d = 0;
    do
    :: d == DEVICES -> break
    :: else -> if :: driver[d] == g && !keeps -> driver[d] = NONE :: else -> skip fi; d++
    od;
    d = 0;
    mapped[g] = false;
    table[name] = NONE
  }
}

inline insmod(name, v) {
  enter(name, v, next);
  if
  :: next == NONE -> skip
  :: next != NONE && name != M -> isClaimed[next] = false
  :: next != NONE && name == M ->
    atomic {
      isClaimed[next] = false;
      d = 0;
      do
      :: d == DEVICES -> break
      :: else -> if :: driver[d] == NONE -> driver[d] = next :: else -> skip fi; d++
      od;
      d = 0
    }
  fi;
  next = NONE
}

inline rmmod(name) {
  atomic {
    old = table[name];
    if
    :: old != NONE && !isClaimed[old] -> isClaimed[old] = true
    :: else -> old = NONE               /* ENOENT, EBUSY */
    fi
  };
  if
  :: old != NONE -> unload(name, old)
  :: else -> skip
  fi;
  old = NONE
}

inline upgrade(v) {
  atomic {
    old = table[M];
    if
    :: old != NONE && !isClaimed[old] && version[old] != v -> isClaimed[old] = true
    :: else -> old = NONE
    fi
  };
  if
  :: old == NONE -> skip
  :: else ->
    aside = BESIDE(version[old]);
    isDone = false;
    atomic {
#if MISTAKE == 1
      isOurs = table[aside] == NONE;
#else
      isOurs = table[aside] == NONE && !isReserved[aside];
      if :: isOurs -> isReserved[aside] = true :: else -> skip fi
#endif
    };
    if
    :: !isOurs -> skip                   /* EEXIST */
    :: else ->
      enter(BESIDE(v), v, next);
      if
      :: next == NONE -> skip            /* EEXIST */
      :: else ->
        moved = 0;
        do
        :: moved == DEVICES -> isDone = true; break
        :: moved < DEVICES -> atomic { driver[moved] = next; moved++ }
        :: moved < DEVICES -> break      /* it is refused */
        od;
        if
        :: isDone ->
          atomic { /* all names, or none */
            assert(table[aside] == NONE);
            table[aside] = old;
            table[M] = next;
            table[BESIDE(v)] = NONE;
            isClaimed[next] = false
          };
          unload(aside, old)
        :: else ->
#if MISTAKE == 2
          keeps = true;
#else
          do
          :: moved == 0 -> break
          :: else -> atomic { moved--; driver[moved] = old }
          od;
#endif
          unload(BESIDE(v), next)
        fi
      fi;
#if MISTAKE == 3
      if :: isDone -> isReserved[aside] = false :: else -> skip fi
#else
      isReserved[aside] = false
#endif
    fi;
#if MISTAKE != 4
    if :: !isDone -> isClaimed[old] = false :: else -> skip fi
#endif
  fi;
  atomic { old = NONE; next = NONE; isDone = false; isOurs = false; aside = 0; moved = 0 }
}

proctype command() {
  byte turn = TURNS;
  byte old = NONE;
  byte next = NONE;
  byte aside;
  byte moved;
  byte d;
  bool isDone;
  bool isOurs;
  bool keeps;
  do
  :: turn == 0 -> break
  :: else ->
    turn--;
    if
    :: true -> insmod(M, 0)
    :: true -> insmod(M, 1)
    :: true -> insmod(BESIDE(0), 0)
    :: true -> rmmod(M)
    :: true -> rmmod(BESIDE(0))
    :: true -> upgrade(0)
    :: true -> upgrade(1)
    fi
  od;
  ended++
}

/* A device may be used at any moment, with the driver that it has. */
proctype user(byte d) {
end:
  atomic { driver[d] != NONE -> touch(driver[d]) }
}

/* When nobody is at work, nothing is reserved, and nothing that is loaded is claimed. */
init {
  byte i;
  atomic {
    for (i : 0 .. NAMES - 1) { table[i] = NONE };
    for (i : 0 .. DEVICES - 1) { driver[i] = 0; run user(i) };
    table[M] = 0;
    loaded = 1;
    mapped[0] = true;
    for (i : 1 .. COMMANDS) { run command() }
  };
  atomic {
    ended == COMMANDS;
    for (i : 0 .. NAMES - 1) { assert(!isReserved[i]) };
    for (i : 0 .. LOADINGS - 1) { assert(!(mapped[i] && isClaimed[i])) }
  }
}
