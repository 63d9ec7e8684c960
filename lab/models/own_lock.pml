/* Strategy 2, own-lock: a lock inside the driver, taken around the same code. What protects the
 * lock?
 *
 * Expected: a use of memory that was freed, namely of the lock. */
#include "world.pml"

bool locked[LOADS];

inline lock(g) { atomic { touch(g); !locked[g] -> locked[g] = true } }
inline unlock(g) { atomic { touch(g); locked[g] = false } }

proctype caller() {
  byte drv;
  byte ret;
  byte turn = TURNS;
  do
  :: turn > 0 ->
    turn--;
    drv = published;
    if
    :: drv == NONE -> skip
    :: else ->
      lock(drv);
      ret = drv;
      if
      :: deleted[drv] -> ret = NONE
      :: else -> count[drv]++
      fi;
      unlock(drv);
      if
      :: ret == NONE -> skip
      :: else ->
        touch(drv);
        atomic { touch(drv); count[drv]-- }
      fi
    fi
  :: else -> break
  od
}

proctype unloader() {
  byte g = 0;
  bool done;
  do
  :: g < LOADS ->
    atomic { mapped[g] = true; published = g };
    done = false;
    do
    :: done -> break
    :: else ->
      lock(g);
      if
      :: count[g] == 0 -> deleted[g] = true; published = NONE; done = true
      :: else -> skip
      fi;
      unlock(g)
    od;
    mapped[g] = false;
    g++
  :: else -> break
  od
}

init { atomic { run unloader(); byte c; for (c : 1 .. CALLERS) { run caller() } } }
