/* Strategy 1, unlocked: the code that opens the thread.
 *
 *   if (drv && drv->owner)
 *     if (!try_inc_mod_count(drv->owner))
 *       return NULL;
 *
 * Expected: a use of memory that was freed. */
#include "world.pml"

proctype caller() {
  byte drv;
  byte turn = TURNS;
  do
  :: turn > 0 ->
    turn--;
    drv = published;                    /* the pointer that somebody has handed to us */
    if
    :: drv == NONE -> skip
    :: else ->
      touch(drv);                       /* drv->owner */
      atomic {                          /* try_inc_mod_count, under the unload_lock */
        touch(drv);
        if
        :: deleted[drv] -> drv = NONE
        :: else -> count[drv]++
        fi
      };
      if
      :: drv == NONE -> skip
      :: else ->
        touch(drv);                     /* the call */
        atomic { touch(drv); count[drv]-- }
      fi
    fi
  :: else -> break
  od
}

proctype unloader() {
  byte g = 0;
  do
  :: g < LOADS ->
    atomic { mapped[g] = true; published = g };
    atomic { count[g] == 0 -> deleted[g] = true };
    published = NONE;                   /* driver_unregister */
    mapped[g] = false;
    g++
  :: else -> break
  od
}

init { atomic { run unloader(); byte c; for (c : 1 .. CALLERS) { run caller() } } }
