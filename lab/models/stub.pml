/* Strategy 6, stub: a record for each driver that stays after it is unregistered. Whoever has a
 * pointer has one to the record, which is always valid, and so asks it under its own lock. A driver
 * that is loaded again gets the same record. With -DPURGE somebody frees inactive records, and so
 * the leak that its author admits; a caller that has kept a pointer then touches what is gone.
 *
 * Expected: nothing wrong; with -DPURGE, a use of a record that was freed. */
#include "world.pml"

bool stub_mapped = true;
bool stub_lock;
byte stub_driver = NONE;  /* the loading that is there */
byte stub_count;

inline lock() { atomic { assert(stub_mapped); !stub_lock -> stub_lock = true } }
inline unlock() { stub_lock = false }

proctype caller() {
  byte drv;
  byte turn = TURNS;
  do
  :: turn > 0 ->
    turn--;
    lock();                             /* of the record, to which we have a pointer: O(1) */
    drv = stub_driver;
    if
    :: drv == NONE -> skip
    :: else -> stub_count++
    fi;
    unlock();
    if
    :: drv == NONE -> skip
    :: else ->
      touch(drv);
      lock();
      stub_count--;
      unlock()
    fi
  :: else -> break
  od
}

proctype unloader() {
  byte g = 0;
  bool done;
  do
  :: g < LOADS ->
    mapped[g] = true;
    lock();
    stub_driver = g;
    unlock();
    done = false;
    do
    :: done -> break
    :: else ->
      atomic { !stub_lock && stub_count == 0 -> stub_lock = true };
      stub_driver = NONE;
      done = true;
      unlock()
    od;
    mapped[g] = false;
    g++
  :: else -> break
  od;
#ifdef PURGE
  atomic { !stub_lock && stub_driver == NONE && stub_count == 0 -> stub_mapped = false }
#endif
}

init { atomic { run unloader(); byte c; for (c : 1 .. CALLERS) { run caller() } } }
