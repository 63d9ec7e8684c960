/* Strategy 3, global-lock: one lock for the list of drivers; a scan and the counting under it, then
 * open, use and close by the count. The module gives its own count back in its close, and the caller
 * has raised it once more around that: without that bump (-DNOBUMP) the last instructions of the
 * close run in memory that may be gone.
 *
 * Expected: nothing wrong; with -DNOBUMP, a use of memory that was freed. */
#include "world.pml"

bool driver_lock;

inline lock() { atomic { !driver_lock -> driver_lock = true } }
inline unlock() { driver_lock = false }

proctype caller() {
  byte drv;
  byte turn = TURNS;
  do
  :: turn > 0 ->
    turn--;
    lock();
    drv = published;                    /* scan_driver_list() */
    if
    :: drv == NONE -> skip
    :: else ->
      atomic {                          /* try_inc_mod_count, under the unload_lock too */
        touch(drv);
        if
        :: deleted[drv] -> drv = NONE
        :: else -> count[drv]++
        fi
      }
    fi;
    unlock();
    if
    :: drv == NONE -> skip
    :: else ->
      touch(drv);                       /* open and use */
#ifndef NOBUMP
      atomic { touch(drv); count[drv]++ };
#endif
      atomic { touch(drv); count[drv]-- };  /* MOD_DEC_USE_COUNT in the module's close */
      touch(drv);                           /* which has not returned yet */
#ifndef NOBUMP
      count[drv]--                          /* by the kernel, outside the module */
#endif
    fi
  :: else -> break
  od
}

proctype unloader() {
  byte g = 0;
  do
  :: g < LOADS ->
    mapped[g] = true;
    lock();
    published = g;                      /* driver_register */
    unlock();
    atomic { count[g] == 0 -> deleted[g] = true };  /* sys_delete_module, under the unload_lock */
    lock();
    touch(g);                           /* the module's cleanup calls driver_unregister */
    published = NONE;
    unlock();
    mapped[g] = false;
    g++
  :: else -> break
  od
}

init { atomic { run unloader(); byte c; for (c : 1 .. CALLERS) { run caller() } } }
