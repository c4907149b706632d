/* SPDX-License-Identifier: MIT */
/*
 * The protocol between the card and those who take its flags, as small as it can be: one SIEF word of two flags, two
 * producers, one consumer, every order of events. The card: docs/design.md 2, "State of a pending word" and
 * "Delivery". The consumer: lib/src/receive.c and hvbell_receive(), which take some or all of the flags that they saw
 * with one locked operation and look again, and sleep on an eventfd that is emptied before the next look.
 *
 * What must hold: every signal is followed by a taking of its flag, so no wake-up is lost; no flag is taken more often
 * than it was signalled.
 *
 * WORDS: 1, the producers are two slots of one port; 2, they have ports of their own, on the same flags.
 * SIGNALS, MASKS: how often each producer signals, and the host masks the vector.
 * Each BREAK_* takes one rule away; tests/spin/spin.sh shows that every one of them is needed.
 */
#define ALL 3 /* both flags */

byte sief;            /* the word in the receiver's memory */
bool event, masked, pended;
byte messages;        /* on their way to the host */

typedef word {
	byte pending;    /* bits that wait */
	byte want;       /* bits that fly */
	byte compare, swap, old;
	bool asked, done; /* the CAS is on its way to memory, its completion on its way back */
	bool retry;
	byte guess, rest;
};
word words[WORDS];

byte owed;            /* flags signalled, and not taken since */
byte signalled[3], taken[3];

inline send_message()
{
	if
#ifdef BREAK_PENDING_BIT
	:: masked -> skip
#else
	:: masked -> pended = true
#endif
	:: else -> messages++
	fi
}

inline issue(w, bits, from)
{
	words[w].want = bits;
	words[w].compare = from;
	words[w].swap = from | bits;
#ifdef BREAK_NEVER_SKIP
	words[w].asked = ((from | bits) != from);
#else
	words[w].asked = true;
#endif
#ifdef BREAK_MESSAGE_LAST
	send_message()
#endif
}

/* A doorbell. A word with nothing under way is served at once. */
inline doorbell(w, bits)
{
	if
	:: !words[w].pending && !words[w].asked && !words[w].done && !words[w].retry -> issue(w, bits, 0)
#ifdef BREAK_FLYING_APART
	:: (words[w].asked || words[w].done) && (words[w].want & bits) == bits -> skip
#endif
	:: else -> words[w].pending = words[w].pending | bits
	fi
}

proctype producer(byte w)
{
	byte n = SIGNALS, bits;

	do
	:: n > 0 ->
		n--;
		if
		:: bits = 1
		:: bits = 2
		fi;
		d_step {
			owed = owed | bits;
			signalled[bits]++;
			doorbell(w, bits);
		}
		bits = 0
	:: else -> break
	od
}

/* The card's delivery, each step in one cycle. */
proctype card(byte w)
{
	byte bits, from;
end:
	do
	/* take: a word that waits */
	:: d_step {
		!words[w].asked && !words[w].done && (words[w].pending || words[w].retry) ->
		bits = words[w].pending | (words[w].retry -> words[w].rest : 0);
		from = (words[w].retry -> words[w].guess : 0);
		words[w].pending = 0;
		words[w].retry = false;
		words[w].guess = 0;
		words[w].rest = 0;
		issue(w, bits, from);
		bits = 0;
		from = 0
	   }
	/* completion */
	:: d_step {
		words[w].done ->
		words[w].done = false;
		if
#ifndef BREAK_MISS
		:: words[w].old != words[w].compare ->
			words[w].guess = words[w].old;
			words[w].rest = words[w].want;
			words[w].retry = true
#endif
		:: else ->
			if
			:: words[w].swap != words[w].compare ->
#ifdef BREAK_MESSAGE_LAST
				skip
#else
				send_message()
#endif
			:: else
			fi;
#ifdef BREAK_LATE_BITS
			words[w].pending = 0;
#else
			if
			:: words[w].pending ->
				words[w].guess = words[w].swap;
				words[w].retry = true
			:: else
			fi
#endif
		fi;
		words[w].want = 0;
		words[w].old = 0;
		words[w].compare = 0;
		words[w].swap = 0
	   }
	od
}

/* The root complex executes a CAS, whenever it likes. */
proctype memory(byte w)
{
end:
	do
	:: d_step {
		words[w].asked ->
		words[w].asked = false;
		words[w].done = true;
		words[w].old = sief;
		if
		:: sief == words[w].compare -> sief = words[w].swap
		:: else
		fi
	   }
	od
}

/* The interrupt controller and the eventfd behind it: another message while one waits is none. */
proctype interrupts()
{
end:
	do
	:: d_step { messages > 0 -> messages--; event = true }
	od
}

/* Masks and unmasks the vector at any time. */
proctype host()
{
	byte n = MASKS;

	do
	:: n > 0 ->
		n--;
		masked = true;
		d_step {
			masked = false;
			if
			:: pended ->
				pended = false;
#ifndef BREAK_UNMASK
				messages++
#endif
			:: else
			fi
		}
	:: else -> break
	od
}

inline account(got)
{
	owed = owed & (ALL & ~got);
	if
	:: got & 1 -> taken[1]++
	:: else
	fi;
	if
	:: got & 2 -> taken[2]++
	:: else
	fi;
	assert(taken[1] <= signalled[1]);
	assert(taken[2] <= signalled[2])
}

proctype consumer()
{
	byte seen, take, got;

look:
	seen = sief;
	if
	:: seen == 0 -> goto sleep
	:: seen != 0
	fi;
	/* hvbell_dispatch() takes them all, hvbell_receive() the first */
	if
	:: take = seen
	:: seen == ALL -> take = 1
	fi;
#ifdef BREAK_LOCKED_CLEAR
	got = seen & take;
	sief = seen & (ALL & ~take);
	d_step { account(got); got = 0; take = 0; seen = 0 }
#else
	d_step {
		got = sief & take;
		sief = sief & (ALL & ~take);
		account(got);
		got = 0;
		take = 0;
		seen = 0
	}
#endif
#ifdef BREAK_LOOK_AGAIN
	goto sleep;
#endif
	goto look;
sleep:
#ifdef BREAK_EMPTY_FIRST
	event = false;
#endif
end:
#ifdef BREAK_EMPTY_FIRST
	event;
#else
	atomic { event -> event = false }
#endif
	goto look
}

/* When nothing can happen any more. */
proctype judge()
{
	timeout -> assert(!owed && !sief && !messages && !pended && !masked && !event)
}

init {
	atomic {
		run card(0);
		run memory(0);
#if WORDS == 2
		run card(1);
		run memory(1);
#endif
		run producer(0);
		run producer(WORDS - 1);
		run interrupts();
		run host();
		run consumer();
		run judge()
	}
}
