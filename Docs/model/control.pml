/* The remote-control session: lease, epoch, enable, stop, crash and freeze, and what a dead gateway left on the bus.
 * Docs/model/README.md says what is modelled and what is not. Scripts/check-model runs it.
 *
 * Every guard is a constant that -DNAME=0 leaves out; the search must then find a way to do harm.
 */
#ifndef PURGE        /* entering SAFE_STOP empties the bus mailbox */
#define PURGE 1
#endif
#ifndef PERMIT       /* the machine takes drives only under the permit (epoch, stop number) it was armed with */
#define PERMIT 1
#endif
#ifndef PERSIST      /* open session and epoch are on disk before they act */
#define PERSIST 1
#endif
#ifndef BASIS        /* the deadman runs from the echoed time, not from arrival */
#define BASIS 1
#endif
#ifndef RECHECK      /* freshness is judged again when the write leaves */
#define RECHECK 1
#endif
#ifndef CONFIRM      /* neutral is read back before anybody is armed */
#define CONFIRM 1
#endif
#ifndef NAME_STOP    /* the acknowledgement must name the latest stop */
#define NAME_STOP 1
#endif
#ifndef ENABLE_LOW   /* enable must be seen low before it counts */
#define ENABLE_LOW 1
#endif
#ifndef STOP_ALWAYS  /* a stop counts in every state that has a session */
#define STOP_ALWAYS 1
#endif
#ifndef NEWEST       /* a frame must be newer than every one accepted before */
#define NEWEST 1
#endif
#ifndef EPOCH_CHECK  /* a frame must carry the epoch in force */
#define EPOCH_CHECK 1
#endif
#ifndef CLOSE        /* the end of a session goes to disk only after neutral was read back */
#define CLOSE 1
#endif
#ifndef FENCE        /* the machine arms only at or above its fence */
#define FENCE 1
#endif

#ifndef WATCHDOG     /* the machine falls to neutral by itself when writes stop */
#define WATCHDOG 1
#endif
#ifndef LOCK         /* a restart with a session open is LOCKED and writes the safe state */
#define LOCK 1
#endif
#ifndef DEADMAN      /* without a fresh frame the gateway goes to SAFE_STOP */
#define DEADMAN 1
#endif

/* Bounds. */
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef STOPS        /* stop numbers of one epoch; the next stop locks */
#define STOPS 2
#endif
#ifndef FLIGHT       /* command frames in flight */
#define FLIGHT 3
#endif

/* Time in ticks. Only the order fresh < safe stop < watchdog is kept. */
#define FRESH 1      /* a command may be this old */
#define STOP_AFTER 2    /* without a fresh frame for so long: SAFE_STOP */
#define TRIP_AFTER 3   /* without a write for so long, the machine falls to neutral by itself */
#define ALL (STOPS + 1)

/* A property's letter as a number, so that the report of a failed assertion names it. */
#define PROPERTY_A 1001
#define PROPERTY_B 1002
#define PROPERTY_C 1003
#define PROPERTY_D 1004
#define PROPERTY_E 1005
#define PROPERTY_F 1006

/* The gateway. */
#define DEAD 0
#define IDLE 1
#define REQUESTED 2
#define ARMED 3
#define ACTIVE 4
#define SAFE_STOP 5
#define LOCKED 6
unsigned gs : 3 = IDLE;
bit frozen;            /* SIGSTOP */
bit opened;            /* on disk: a session is open */
unsigned ep : 3;       /* the epoch, on disk too if PERSIST */
unsigned sn : 3 = ALL; /* the stop number; ALL: no drive of this epoch may follow */
unsigned holder : 2;   /* the console with the lease */
unsigned basis : 2;    /* age of the newest accepted frame, as the gateway judges it */
bit low;               /* enable was seen low since the arming */
bit acked;             /* monitor: the last stop was acknowledged by its own number */
bit missed;            /* monitor: a stop arrived and was not counted */
unsigned newestEpoch : 3; /* monitor: the highest epoch ever given out */

/* Writes: the mailbox (one slot, and the safe state before it), the transaction on the wire, and what is left in a
 * connection whose gateway died or that was closed after its timeout. */
#define NONE 0
#define REST 1         /* enable is low: neutral, under the permit */
#define DRIVE 2
#define ARM 3
#define SAFE 4         /* the safe-state write; it raises the fence */
bit safeWaits;
unsigned mb : 2;  unsigned mbEpoch : 3;  unsigned mbStop : 3;  unsigned mbAge : 2;  unsigned mbTrue : 2;
unsigned cur : 3; unsigned curEpoch : 3; unsigned curStop : 3; unsigned curTrue : 2;
unsigned left : 3; unsigned leftEpoch : 3; unsigned leftStop : 3;

/* The machine's controller. */
bit moving;
bit armed;
unsigned permitEpoch : 3; unsigned permitStop : 3;
unsigned fenceEpoch : 3;  unsigned fenceStop : 3;
unsigned silent : 2;        /* ticks since the last write it took */
unsigned movedBy : 3;       /* monitor: the epoch that moves it */
unsigned newestMover : 3;   /* monitor: the newest epoch that ever moved it */
unsigned moveAge : 2;       /* monitor: true age of the frame that moves it */
unsigned down : 3;          /* monitor: ticks since the gateway died or froze */
bit late;                   /* monitor: a write was taken since then */

/* Command frames in flight, oldest first. An acknowledgement or a stop may arrive at any time, any number of times, so
 * that no slot is spent on them. */
unsigned flying : 2;
unsigned fEpoch0 : 3; unsigned fAge0 : 2; bit fEnable0; bit fOld0;
unsigned fEpoch1 : 3; unsigned fAge1 : 2; bit fEnable1; bit fOld1;
unsigned fEpoch2 : 3; unsigned fAge2 : 2; bit fEnable2; bit fOld2;
unsigned mine1 : 3;  unsigned mine2 : 3; /* the epoch each console believes to hold */

#define up (gs != DEAD && !frozen)
#define below(e, s, e2, s2) ((e) < (e2) || ((e) == (e2) && (s) < (s2)))
#define confirmed (!CONFIRM || (!moving && !safeWaits))

inline dropFirst() {
    fEpoch0 = fEpoch1; fAge0 = fAge1; fEnable0 = fEnable1; fOld0 = fOld1;
    dropSecond()
}
inline dropSecond() {
    fEpoch1 = fEpoch2; fAge1 = fAge2; fEnable1 = fEnable2; fOld1 = fOld2;
    dropThird()
}
inline dropThird() {
    fEpoch2 = 0; fAge2 = 0; fEnable2 = 0; fOld2 = 0;
    flying--
}

inline emptyMailbox() { mb = NONE; mbEpoch = 0; mbStop = 0; mbAge = 0; mbTrue = 0 }
inline emptyWire() { cur = NONE; curEpoch = 0; curStop = 0; curTrue = 0 }
inline emptyLeft() { left = NONE; leftEpoch = 0; leftStop = 0 }

inline endSession() {
    basis = 0; low = 0; acked = 0; missed = 0; holder = 0;
    emptyMailbox()
}

/* SAFE_STOP under a new number; one stop too many locks. */
inline safeStop() {
    if
    :: sn < STOPS -> sn++; gs = SAFE_STOP
    :: else -> sn = ALL; gs = LOCKED; holder = 0
    fi;
    basis = 0; low = 0; acked = 0; missed = 0;
    safeWaits = 1;
    if
    :: PURGE -> emptyMailbox()
    :: else -> skip
    fi
}

inline safeAfterLoss() {
    if
    :: gs == IDLE || gs == LOCKED -> safeWaits = 1
    :: else -> safeStop()
    fi
}

inline becomeArmed(named) {
    /* Nobody is armed while the machine still moves, under whatever epoch. */
    assert(PROPERTY_A && !moving);
    acked = (named == sn && !missed);
    gs = ARMED; basis = 0; low = 0;
    cur = ARM; curEpoch = ep; curStop = sn; curTrue = 0
}

/* One frame that arrived. */
inline take(epoch, age, enable, old) {
    assert(PROPERTY_A && epoch == ep);
    assert(PROPERTY_B && !old);
    if
    :: BASIS -> basis = age
    :: else -> basis = 0
    fi;
    if
    :: gs == ARMED && enable && (low || !ENABLE_LOW) -> gs = ACTIVE
    :: gs == ACTIVE && !enable -> gs = ARMED; low = 1
    :: gs == ARMED && !enable -> low = 1
    :: else -> skip
    fi;
    if
    :: gs == ACTIVE -> mb = DRIVE
    :: else -> mb = REST
    fi;
    mbEpoch = ep; mbStop = sn; mbAge = basis; mbTrue = age
}

/* What was on the wire stays in a connection that nobody owns any more. */
inline abandonWire() {
    if
    :: cur != NONE -> left = cur; leftEpoch = curEpoch; leftStop = curStop
    :: else -> skip
    fi;
    emptyWire()
}

/* The controller takes a write. */
inline apply(kind, epoch, stop, age) {
    if
    :: kind == SAFE ->
        moving = 0; armed = 0; movedBy = 0; moveAge = 0; silent = 0;
        if
        :: below(fenceEpoch, fenceStop, epoch, stop) -> fenceEpoch = epoch; fenceStop = stop
        :: else -> skip
        fi
    :: kind == ARM ->
        if
        :: PERMIT && FENCE && below(epoch, stop, fenceEpoch, fenceStop) -> skip
        :: else ->
            armed = 1; silent = 0;
            permitEpoch = epoch; permitStop = stop;
            fenceEpoch = epoch; fenceStop = stop
        fi
    :: (kind == DRIVE || kind == REST) ->
        if
        :: PERMIT && !(armed && permitEpoch == epoch && permitStop == stop) -> skip
        :: else ->
            silent = 0;
            if
            :: !up -> late = 1
            :: else -> skip
            fi;
            if
            :: kind == DRIVE ->
                assert(PROPERTY_A && !(moving && movedBy != epoch) && epoch >= newestMover);
                assert(PROPERTY_E && !below(epoch, stop, fenceEpoch, fenceStop));
                /* The watchdog has acted, and what a dead or frozen gateway left moves the machine all the same. */
                assert(PROPERTY_C && (armed || up));
                moving = 1; movedBy = epoch; newestMover = epoch; moveAge = age
            :: else -> moving = 0; movedBy = 0; moveAge = 0
            fi
        fi
    fi;
    if
    :: !armed -> permitEpoch = 0; permitStop = 0
    :: else -> skip
    fi
}

inline send(epoch, enable) {
    if
    :: flying == 0 -> fEpoch0 = epoch; fEnable0 = enable
    :: flying == 1 -> fEpoch1 = epoch; fEnable1 = enable
    :: flying == 2 -> fEpoch2 = epoch; fEnable2 = enable
    fi;
    flying++
}

/* A console that holds the lease, or believes it does; it may be slow, silent, or gone. */
inline console(who, mine) {
    do
    :: d_step { up && gs == IDLE && !opened && ep < EPOCHS && !safeWaits && cur == NONE && (newestEpoch > 0 || who == 1) ->
        ep++; sn = 0; gs = REQUESTED; opened = PERSIST; holder = who;
        assert(PROPERTY_F && ep > newestEpoch);
        newestEpoch = ep }
    :: d_step { up && holder == who && gs >= ARMED && mine != ep -> mine = ep }
    :: d_step { mine != 0 && flying < FLIGHT -> send(mine, 0) }
    :: d_step { mine != 0 && flying < FLIGHT -> send(mine, 1) }
    od
}
active proctype Console1() { console(1, mine1) }
active proctype Console2() { console(2, mine2) }

/* The network loses. It delays and reorders because the gateway takes any frame; it doubles because that frame stays. */
active proctype Network() {
    do
    :: d_step { flying > 0 -> dropFirst() }
    :: d_step { flying > 1 -> dropSecond() }
    :: d_step { flying > 2 -> dropThird() }
    od
}

#define acceptable(epoch) (up && (gs == ARMED || gs == ACTIVE) && (!EPOCH_CHECK || epoch == ep))

/* The control task. */
active proctype Gateway() {
    do
    :: d_step { flying > 0 && acceptable(fEpoch0) ->
        take(fEpoch0, fAge0, fEnable0, fOld0);
        if
        :: NEWEST -> dropFirst()
        :: else -> fOld0 = 1
        fi }
    :: d_step { flying > 1 && acceptable(fEpoch1) ->
        take(fEpoch1, fAge1, fEnable1, fOld1);
        if
        :: NEWEST -> dropFirst(); dropFirst()
        :: else -> fOld0 = 1; fOld1 = 1
        fi }
    :: d_step { flying > 2 && acceptable(fEpoch2) ->
        take(fEpoch2, fAge2, fEnable2, fOld2);
        if
        :: NEWEST -> dropFirst(); dropFirst(); dropFirst()
        :: else -> fOld0 = 1; fOld1 = 1; fOld2 = 1
        fi }

    /* REQUESTED: armed, or refused. */
    :: d_step { up && gs == REQUESTED && confirmed && cur == NONE && mb == NONE -> becomeArmed(0) }
    :: d_step { up && gs == REQUESTED -> endSession(); gs = IDLE; sn = ALL; opened = 0 }

    /* A stop, from anybody who may. */
    :: d_step { up && (gs == ARMED || gs == ACTIVE) -> safeStop() }
    :: d_step { up && (gs == REQUESTED || gs == SAFE_STOP) ->
        if
        :: STOP_ALWAYS -> safeStop()
        :: else -> missed = 1
        fi }

    /* The acknowledgement of any stop so far, whenever it may arrive. */
    :: d_step { up && gs == SAFE_STOP && confirmed && cur == NONE -> becomeArmed(sn) }
    :: d_step { up && gs == SAFE_STOP && confirmed && cur == NONE && !NAME_STOP && sn > 1 -> becomeArmed(sn - 1) }

    /* Time. */
    :: d_step { up && gs == ACTIVE && basis >= STOP_AFTER && DEADMAN -> safeStop() }
    :: d_step { up && gs == ARMED && basis >= STOP_AFTER ->
        endSession(); gs = IDLE; sn = ALL; opened = (opened && CLOSE); safeWaits = 1 }
    :: d_step { up && gs == IDLE && opened && confirmed && cur == NONE -> opened = 0 }
    :: d_step { up && gs == SAFE_STOP ->
        endSession();
        if
        :: confirmed && cur == NONE -> gs = IDLE; opened = 0
        :: else -> gs = LOCKED
        fi;
        sn = ALL; safeWaits = 1 }
    :: d_step { up && gs == LOCKED && confirmed && cur == NONE -> endSession(); gs = IDLE; opened = 0 }

    /* The machine is lost: it no longer knows our permit, or the transaction ran into its timeout. */
    :: d_step { up && (gs == ARMED || gs == ACTIVE) && cur == NONE && !armed -> safeStop() }
    :: d_step { up && cur != NONE -> abandonWire(); safeAfterLoss() }
    :: d_step { up && cur != NONE && left != NONE -> emptyWire(); safeAfterLoss() }
    od
}

/* The bus task: the safe state first, then the mailbox, one transaction at a time. */
active proctype Bus() {
    do
    :: d_step { up && cur == NONE && safeWaits ->
        safeWaits = 0; cur = SAFE; curEpoch = ep; curStop = sn }
    :: d_step { up && cur == NONE && !safeWaits && mb != NONE ->
        if
        :: mb == DRIVE && RECHECK && mbAge > FRESH -> skip
        :: else ->
            if
            :: mb == DRIVE ->
                assert(PROPERTY_B && mbTrue <= FRESH);
                assert(PROPERTY_E && mbEpoch == ep && mbStop == sn && !missed);
                assert(PROPERTY_D && acked && low)
            :: else -> skip
            fi;
            cur = mb; curEpoch = mbEpoch; curStop = mbStop; curTrue = mbTrue
        fi;
        emptyMailbox() }
    od
}

active proctype Machine() {
    do
    :: d_step { cur != NONE -> apply(cur, curEpoch, curStop, curTrue); emptyWire() }
    :: d_step { left != NONE -> apply(left, leftEpoch, leftStop, 2); emptyLeft() }
    :: d_step { left != NONE -> emptyLeft() }
    od
}

inline die() {
    if
    :: PERSIST -> skip
    :: else -> ep = 0
    fi;
    endSession();
    gs = DEAD; frozen = 0; sn = ALL; safeWaits = 0
}

/* kill -9, SIGSTOP and their ends. */
active proctype Fate() {
    do
    :: d_step { gs != DEAD -> abandonWire(); die() }
    :: d_step { gs != DEAD && cur != NONE && left != NONE -> emptyWire(); die() }
    :: d_step { gs == DEAD ->
        down = 0; late = 0;
        if
        :: opened && LOCK -> gs = LOCKED; safeWaits = 1
        :: else -> gs = IDLE
        fi }
    :: d_step { up -> frozen = 1 }
    :: d_step { frozen -> frozen = 0; down = 0; late = 0 }
    od
}

/* Time passes when a living gateway has done what was due. */
active proctype Clock() {
    do
    :: d_step { !up || (!(gs == ACTIVE && basis >= STOP_AFTER && DEADMAN) && !safeWaits && cur == NONE && mb == NONE) ->
        /* While the gateway lives, what moves the machine is younger than the deadman. */
        assert(PROPERTY_B && (!up || !moving || moveAge < STOP_AFTER));
        if
        :: basis < STOP_AFTER && (gs == ARMED || gs == ACTIVE) -> basis++
        :: else -> skip
        fi;
        if
        :: mb != NONE && mbAge < 2 -> mbAge++
        :: else -> skip
        fi;
        if
        :: mb != NONE && mbTrue < 2 -> mbTrue++
        :: else -> skip
        fi;
        if
        :: cur != NONE && curTrue < 2 -> curTrue++
        :: else -> skip
        fi;
        if
        :: moving && moveAge < 2 -> moveAge++
        :: else -> skip
        fi;
        /* A frame past the bound is never taken: as good as lost. */
        fAge0 = fAge0 + (flying > 0); fAge1 = fAge1 + (flying > 1); fAge2 = fAge2 + (flying > 2);
        do
        :: flying > 0 && fAge0 > FRESH -> dropFirst()
        :: else -> break
        od;
        if
        :: !up && (moving || armed) -> down = down + (down < 7)
        :: else -> down = 0; late = 0
        fi;
        if
        :: (moving || armed) && WATCHDOG -> silent++
        :: else -> silent = 0
        fi;
        if
        :: silent == TRIP_AFTER ->
            moving = 0; armed = 0; permitEpoch = 0; permitStop = 0;
            silent = 0; movedBy = 0; moveAge = 0
        :: else -> skip
        fi;
        /* Dead or frozen: neutral within the watchdog's time; one write that was under way may begin it anew, once. */
        assert(PROPERTY_C && (!moving || down < TRIP_AFTER || (late && down < 2 * TRIP_AFTER - 1))) }
    od
}
