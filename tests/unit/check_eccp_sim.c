// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp_sim: two whole parties over a bad wire, thousands of times.
 *
 * A client and a server connect, send, move and close at random moments; the
 * wire loses, repeats and reorders, and somebody who knows everything but the
 * nonces writes to both. Whatever happens they must end as closed, agree on
 * versions and addresses, and have nothing left to say (PROTOCOL.md 4.8, L1 to
 * L3); S1 to S4 and S6 are watched at each step. The model (tests/model) proves
 * the rules; this shows that the code is those rules.
 *
 * The mover's part of migration is not built: move() does what it will do.
 */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"

#define WIRE		64
#define LOSSES		5	/* six in a row may end a duty, and rightly a flow */
#define REPEATS		20
#define END_MS		(3600 * 1000)
#define MESSAGES	400	/* L2: more would be a storm */

static struct packet {
	bool used;
	u32 due;
	struct sal_msg hdr;
	struct eccp_addr from, to;
	bool to_server;
} packets[WIRE];

static struct party {
	struct eccp *e;
	u8 here, born;		/* last byte of our address: now, at first */
	u32 moved[256];		/* which version announced that address */
	bool was_at[256];
	u32 close_at, move_at, data_at;
	bool closed, ended;
	u32 av;			/* the version that set the peer's address here: S1 */
	bool av_valid;
	struct eccp_addr pa;	/* the peer's before this step */
	bool was_open;
} client, server;

static u64 seed, rnd_state;
static int version, losses, repeats, sent;
static u32 syn_at, syn_gap;

static u64 rnd(void)
{
	u64 z = (rnd_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Not ck_assert_msg(): it tells the runner of each success, half of the time here */
#define sim_assert(what) do { \
	if (!(what)) \
		ck_abort_msg("seed %llu at %d ms: client %d, server %d: " #what, \
			     (unsigned long long)seed, (int)(now - T0), c.state, s.state); \
} while (0)

static struct party *other(const struct party *p)
{
	return p == &client ? &server : &client;
}

static bool later(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static void put(const struct party *from, const struct sal_msg *hdr, struct eccp_addr to)
{
	int copies = 1, i;

	sim_assert(++sent < MESSAGES);
	if (losses && rnd() % 3 == 0) {
		losses--;
		return;
	}
	if (repeats && rnd() % 3 == 0) {
		repeats--;
		copies = 2;
	}
	for (i = 0; i < WIRE && copies; i++) {
		if (packets[i].used)
			continue;
		packets[i] = (struct packet){
			.used = true, .hdr = *hdr, .from = at(from->here), .to = to,
			/* reordering: some arrive long after those sent later */
			.due = now + 1 + rnd() % (rnd() % 8 ? 40 : 3000),
			.to_server = from == &client,
		};
		copies--;
	}
	sim_assert(!copies);
}

static void say_all(struct party *p)
{
	struct eccp_out o = out;
	unsigned int i;

	for (i = 0; i < o.n_msgs; i++)
		put(p, &o.msg[i].hdr, o.msg[i].to);
}

/* What must hold whenever both have heard of each other */
static void watch(void)
{
	if (!c.pflow || !s.pflow)
		return;
	sim_assert(!later(c.una, s.rv + 1));				/* S3 */
	sim_assert(!later(s.una, c.rv + 1));
	if (c.una == c.v + 1)						/* S6 */
		sim_assert(!(c.flags & ECCP_F_FIN) == !(s.flags & ECCP_F_RFIN));
	if (s.una == s.v + 1)
		sim_assert(!(s.flags & ECCP_F_FIN) == !(c.flags & ECCP_F_RFIN));
}

static void after(struct party *p)
{
	struct party *peer = other(p);

	sim_assert(!(out.actions & ECCP_A_RESET));
	sim_assert(!(out.actions & ECCP_A_GIVE_UP));
	if (out.actions & ECCP_A_CLOSED) {
		sim_assert(!p->ended && eccp_finished(p->e));
		p->ended = true;
	}
	if (out.actions & ECCP_A_MOVED) {
		u8 where = (u8)ntohl(p->e->pa.ip);
		u32 ver = peer->moved[where];

		/* S2: the peer was there, and had said so */
		sim_assert(peer->was_at[where] && !later(ver, p->e->pendv));
		sim_assert(!p->av_valid || !later(p->av, ver));		/* S1 */
		p->av = ver;
		p->av_valid = true;
	} else if (p->was_open) {
		sim_assert(eccp_same_addr(&p->pa, &p->e->pa));
	}
	p->was_open = p->e->state >= ECCP_CONNECTED;
	p->pa = p->e->pa;
	say_all(p);
	watch();
}

/* TCP's part: the SYN and its repetition */
static void send_syn(void)
{
	struct sal_msg m = say(&c, ECCP_SYN);

	if (version == 1)
		m.present &= ~SAL_HAS_V2;
	put(&client, &m, at(server.born));
	syn_at = now + syn_gap;
	syn_gap *= 2;
}

static void send_data(struct party *p)
{
	struct sal_msg m;

	if (p == &client && (c.flags & ECCP_F_ACK3)) {
		m = say(&c, ECCP_ACK3);
		put(p, &m, c.pa);
	}
	m = data_of(p->e);
	put(p, &m, p->e->pa);
}

/* A message with a nonce that is not the peer's: S4 */
static void attack(void)
{
	static const enum eccp_kind kinds[] = {
		ECCP_SYN, ECCP_SYNACK, ECCP_ACK, ECCP_CTL, ECCP_CTLACK, ECCP_RST,
	};
	struct party *victim = rnd() % 2 ? &client : &server;
	struct eccp before = *victim->e;
	struct sal_msg m;

	if (!c.pflow || !s.pflow)
		return;
	m = from_peer(victim->e, kinds[rnd() % ARRAY_SIZE(kinds)]);
	m.nonce = rnd() | 1;
	if (rnd() % 2) {
		m.present |= SAL_HAS_CHALLENGE;
		m.challenge = before.pchal;
	}
	feed_from(victim->e, &m, rnd() % 2 ? before.pa : ELSE, true);
	sim_assert(out.actions == ECCP_A_DROP && !out.n_msgs);
	sim_assert(!memcmp(&before, victim->e, sizeof(before)));
}

/* What the mover's part will do: number it, and let the duty say it now */
static void move(struct party *p)
{
	struct eccp *e = p->e;

	if (eccp_finished(e) || e->state < ECCP_CONNECTED)
		return;
	p->here++;
	e->v++;
	e->lv = e->v;
	p->moved[p->here] = e->v;
	p->was_at[p->here] = true;
	e->armed |= BIT(ECCP_DUTY_CTL);
	e->tries[ECCP_DUTY_CTL] = 0;
	e->due_ms[ECCP_DUTY_CTL] = now;
}

static void deliver(struct packet *p)
{
	struct party *to = p->to_server ? &server : &client;
	enum eccp_event event = eccp_event_of(&p->hdr);
	struct packet got = *p;

	p->used = false;
	/* nobody there any more */
	if (got.to.ip != at(to->here).ip)
		return;
	if (to == &server && event == ECCP_EV_SYN && !s.pflow) {
		respond(&s, &got.hdr, got.from);
		say_all(&server);
		return;
	}
	if (!to->e->pflow && event != ECCP_EV_SYNACK)
		return;
	/* as the glue does: most data never meets eccp */
	if (event == ECCP_EV_DATA && to->e->state != ECCP_RESPOND && !(to->e->flags & ECCP_F_ACK3))
		return;
	if (event == ECCP_EV_DATA && to->e->state == ECCP_CLOSED)
		return;
	feed_from(to->e, &got.hdr, got.from, true);
	if (out.actions & ECCP_A_CONNECTED) {
		struct sal_msg ack3 = say(&c, ECCP_ACK3);

		put(&client, &ack3, c.pa);
	}
	after(to);
}

/* The user's and TCP's doings of one party at this moment */
static void live(struct party *p)
{
	bool open = p->e->state == ECCP_CONNECTED || p->e->state == ECCP_CLOSEWAIT;

	if (open && !later(p->data_at, now)) {
		send_data(p);
		p->data_at = now + 1 + rnd() % 2000;
	}
	if (p->move_at && !later(p->move_at, now)) {
		move(p);
		p->move_at = rnd() % 2 ? now + 1 + rnd() % 3000 : 0;
	}
	if (open && !p->closed && !later(p->close_at, now)) {
		p->closed = true;
		user(p->e, ECCP_EV_CLOSE);
		after(p);
	}
	user(p->e, ECCP_EV_TIMER);
	if (p->e->state != ECCP_CLOSED || out.n_msgs)
		after(p);
}

static u32 next_moment(void)
{
	u32 next = now + 500;	/* users act in this grain */
	struct eccp *both[] = { &c, &s };
	int i, duty;

	for (i = 0; i < WIRE; i++)
		if (packets[i].used && later(next, packets[i].due))
			next = packets[i].due;
	for (i = 0; i < 2; i++)
		for (duty = 0; duty < ECCP_DUTY_MAX; duty++)
			if ((both[i]->armed & BIT(duty)) && later(next, both[i]->due_ms[duty]))
				next = both[i]->due_ms[duty];
	return later(next, now) ? next : now + 1;
}

static bool quiet(void)
{
	int i;

	for (i = 0; i < WIRE; i++)
		if (packets[i].used)
			return false;
	return client.closed && server.closed && !c.armed && !s.armed;
}

static void run(void)
{
	int i;

	rnd_state = seed;
	now = T0;
	memset(packets, 0, sizeof(packets));
	memset(&s, 0, sizeof(s));
	version = rnd() % 4 ? 2 : 1;
	losses = rnd() % (LOSSES + 1);
	repeats = rnd() % (REPEATS + 1);
	sent = 0;
	syn_gap = 1000;
	client = (struct party){ .e = &c, .here = 1, .born = 1, .close_at = now + rnd() % 6000,
				 .data_at = now + rnd() % 3000 };
	server = (struct party){ .e = &s, .here = 20, .born = 20, .close_at = now + rnd() % 6000,
				 .data_at = now + rnd() % 3000 };
	/* one side only: both at once needs the home router, which is not built */
	if (version == 2 && rnd() % 2)
		(rnd() % 2 ? &client : &server)->move_at = now + 1 + rnd() % 8000;

	requested();
	send_syn();
	while (!quiet()) {
		now = next_moment();
		sim_assert(now - T0 < END_MS);				/* L1, L3 */
		if (c.state == ECCP_REQUEST && !later(syn_at, now))
			send_syn();
		for (i = 0; i < WIRE; i++)
			if (packets[i].used && !later(packets[i].due, now))
				deliver(&packets[i]);
		live(&client);
		live(&server);
		if (rnd() % 4 == 0)
			attack();
	}
	sim_assert(eccp_finished(&c) && eccp_finished(&s));
	sim_assert(client.ended && server.ended);
	sim_assert(c.state == ECCP_CLOSED || c.state == ECCP_TIMEWAIT);
	sim_assert(s.state == ECCP_CLOSED || s.state == ECCP_TIMEWAIT);
	/* the last to hear of a FIN waits for nobody, the first does */
	sim_assert(c.state == ECCP_TIMEWAIT || s.state == ECCP_TIMEWAIT);
	sim_assert(c.rv == s.v && s.rv == c.v);
	sim_assert(c.pa.ip == at(server.here).ip && s.pa.ip == at(client.here).ip);
	sim_assert(c.version == version && s.version == version);
}

static u64 first_seed, seeds = 250;	/* in each of the loop's turns */

START_TEST(sim__always_ends_closed)
{
	u64 end = first_seed + (u64)(_i + 1) * seeds;

	for (seed = end - seeds; seed < end; seed++)
		run();
}
END_TEST

int main(int argc, char **argv)
{
	const char *is_long = getenv("SERVAL_LONG");
	Suite *suite = suite_create("eccp_sim");
	TCase *tc = tcase_create("4.8");
	int failed, turns = 40;
	SRunner *sr;

	if (is_long && is_long[0] && strcmp(is_long, "0"))
		turns = 400;
	/* check_eccp_sim SEED: this one alone, for a debugger */
	if (argc > 1) {
		first_seed = strtoull(argv[1], NULL, 10);
		seeds = 1;
		turns = 1;
	}
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, sim__always_ends_closed, 0, turns);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
