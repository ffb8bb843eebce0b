/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eccp.pml - oracle model of end-to-end connection control for our Serval.
 *
 * Two hosts: 0 = client, 1 = server. One flow. Control messages carry a
 * per-sender version (control sequence number) and supersede all older ones
 * ("latest state wins").  A message is delivered only if the receiver is
 * still at the address it was sent to (with SOFT: or, perhaps, still listens
 * at an older address of its own).  The network may lose (LOSS budget),
 * duplicate (DUP budget) and reorder (always).  Hosts move at most M0 / M1
 * times.  With ATK an off-path attacker may at any time inject any message
 * with a wrong nonce.  Retransmission timers fire only when the network is
 * empty; an early retransmission is the same thing as a duplicate.
 * WILD (safety checks only): unlimited loss and duplication, any delay,
 * timers may fire at any time; at most 3 messages under way per direction.
 */
#ifndef M0
#define M0 1
#endif
#ifndef M1
#define M1 1
#endif
#ifndef LOSS
#define LOSS 1
#endif
#ifndef DUP
#define DUP 1
#endif
#ifndef CLOSE
#define CLOSE 0        /* bit0: client may close, bit1: server may close */
#endif
#define SLOTS 3
#define NS 6

/* message types */
#define NONE   0
#define SYN    1
#define SYNACK 2
#define ACK    3
#define CTL    4   /* RSYN and/or FIN */
#define CTLACK 5   /* RSYN-ACK, carries a challenge */
#define RST    6
/* flags */
#define F_RSYN 1
#define F_FIN  2
#define F_ECHO 4   /* ACK answers the challenge named in C */
#define F_BAD  8   /* wrong nonce: forged, or left over from an old connection */
#define EVIL   7

/* host states */
#define REQUEST 1
#define LISTEN  2
#define RESPOND 3
#define EST     4
#define DEAD    5

int  m[NS];     /* T:3 V:3 K:3 F:4 S:3 D:3 C:3 */
#define T_(x) ((x)&7)
#define V_(x) (((x)>>3)&7)
#define K_(x) (((x)>>6)&7)
#define F_(x) (((x)>>9)&15)
#define S_(x) (((x)>>13)&7)
#define D_(x) (((x)>>16)&7)
#define C_(x) (((x)>>19)&7)
#define MK(t,v,k,f,s,d,ch) ((t)|((v)<<3)|((k)<<6)|((f)<<9)|((s)<<13)|((d)<<16)|((ch)<<19))

byte st[2];
byte loc[2];              /* where the host is */
byte reg[2];              /* where its home service router thinks it is */
byte v[2];                /* own version */
byte lv[2];               /* own version that last announced our address */
byte una[2];              /* own versions below this are acknowledged */
byte rv[2];               /* newest peer version accepted */
byte pa[2];               /* validated peer address */
byte av[2];               /* version that set pa or pend */
byte pend[2];             /* not yet validated peer address */
byte pendv[2];            /* its version = the open challenge, 0 = none */
bit  fin[2], rfin[2];     /* own FIN sent / peer FIN accepted */
byte chal[2];             /* ghost: newest challenge that truly reached us */
bit  via[2];              /* next retransmission goes through the home router */
byte moves[2];
byte nloss, ndup;
byte i, x;                /* scratch, zero between steps */
int c; hidden int cc;

#define OTHER(h) (1-(h))
#define BEST(h)  ((pendv[h]!=0)*pend[h] + (pendv[h]==0)*pa[h])
#define MIG(h)   (una[h] <= lv[h])
#define OUT(h)   (st[h]==REQUEST || st[h]==RESPOND || (st[h]==EST && (una[h]!=v[h]+1 || pendv[h]!=0)))
#define EMPTYD(d) (m[(d)*SLOTS]==0 && m[(d)*SLOTS+1]==0 && m[(d)*SLOTS+2]==0)
#define NETEMPTY (EMPTYD(0) && EMPTYD(1))
#define REGOK    (reg[0]==loc[0] && reg[1]==loc[1])

#define AGREE ( st[0]==EST && st[1]==EST && pa[0]==loc[1] && pa[1]==loc[0] && \
                pendv[0]==0 && pendv[1]==0 && una[0]==v[0]+1 && una[1]==v[1]+1 && \
                rv[0]==v[1] && rv[1]==v[0] && rfin[0]==fin[1] && rfin[1]==fin[0] )

/* direction dd: messages FROM host dd.  A full network drops the new message. */
inline put(dd, msg) {
	if
	:: m[(dd)*SLOTS]==0   -> m[(dd)*SLOTS]=msg
	:: else ->
		if
		:: m[(dd)*SLOTS+1]==0 -> m[(dd)*SLOTS+1]=msg
		:: else ->
			if
			:: m[(dd)*SLOTS+2]==0 -> m[(dd)*SLOTS+2]=msg
			:: else
			fi
		fi
	fi
}

inline order(a,b) { if :: m[a]<m[b] -> cc=m[a]; m[a]=m[b]; m[b]=cc :: else fi }
inline canon() { order(0,1); order(1,2); order(0,1); order(3,4); order(4,5); order(3,4); cc=0; c=0; i=0; x=0 }

#ifdef MUT_FINOVER
#define CTLFLAGS(h) ((fin[h]!=0)*F_FIN + (fin[h]==0 && MIG(h))*F_RSYN)
#else
#define CTLFLAGS(h) (MIG(h)*F_RSYN + (fin[h]!=0)*F_FIN)
#endif

inline sendctl(h, dst)  { put(h, MK(CTL,v[h],rv[h]+1,CTLFLAGS(h),loc[h],dst,0)) }
inline sendcack(h, dst, ch) { put(h, MK(CTLACK,v[h],rv[h]+1,F_RSYN,loc[h],dst,ch)) }
#ifdef MUT_ECHOVER
inline sendecho(h)      { put(h, MK(ACK,v[h],rv[h]+1,F_ECHO,loc[h],BEST(h),v[h])) }
#else
inline sendecho(h)      { put(h, MK(ACK,v[h],rv[h]+1,F_ECHO,loc[h],BEST(h),lv[h])) }
#endif
inline sendack(h, dst)  { put(h, MK(ACK,v[h],rv[h]+1,0,loc[h],dst,0)) }

/* (re)send everything host h has outstanding */
inline fire(h) {
	if
	:: st[h]==REQUEST -> put(h, MK(SYN,v[h],0,0,loc[h],reg[OTHER(h)],0))
	:: st[h]==RESPOND -> put(h, MK(SYNACK,v[h],rv[h]+1,0,loc[h],pa[h],0))
	:: st[h]==EST ->
		if
		:: una[h]!=v[h]+1 ->
#ifndef NORV
			if
			:: via[h] -> sendctl(h, reg[OTHER(h)])
			:: else   -> sendctl(h, BEST(h))
			fi;
			via[h] = 1-via[h]
#else
			sendctl(h, BEST(h))
#endif
		:: else
		fi;
		if
		:: pendv[h]!=0 -> sendcack(h, pend[h], pendv[h])
		:: else
		fi
	:: else
	fi
}

/* take the acknowledgment number of message c into account at host h */
inline takeack(h) {
	if
	:: K_(c) > una[h] && K_(c) <= v[h]+1 ->
		una[h] = K_(c);
		assert(rv[OTHER(h)]+1 >= una[h]);                    /* S3 */
		if
		:: una[h]==v[h]+1 -> via[h]=0; assert(rfin[OTHER(h)]==fin[h])  /* S6 */
		:: else
		fi
	:: else
	fi
}

inline takeaddr(h) {
	assert(V_(c) >= av[h]);                          /* S1 */
	assert(S_(c) != EVIL);                           /* S4 */
#ifdef MUT_INSTANT
	pa[h]=S_(c); av[h]=V_(c);
	assert(chal[OTHER(h)] >= V_(c));                 /* S2 */
#else
	pend[h]=S_(c); pendv[h]=V_(c); av[h]=V_(c);
#endif
}

inline validate(h) {
	assert(chal[OTHER(h)] >= pendv[h]);              /* S2: return routability */
	pa[h]=pend[h]; pend[h]=0; pendv[h]=0; via[h]=0;
}

/* control message (RSYN and/or FIN) from the peer */
inline takectl(h) {
	if
#ifdef MUT_OLD_RSYN
	:: V_(c) != rv[h] ->
#elif defined(MUT_STRICT)
	:: V_(c) == rv[h]+1 ->
#else
	:: V_(c) > rv[h] ->
#endif
		rv[h]=V_(c);
		if
		:: F_(c)&F_FIN -> rfin[h]=1
		:: else
		fi;
		if
		:: F_(c)&F_RSYN -> takeaddr(h)
		:: else
		fi;
		takeack(h);
		if
		:: F_(c)&F_RSYN -> sendcack(h, S_(c), V_(c))
		:: else         -> sendack(h, BEST(h))
		fi
	:: V_(c) == rv[h] ->                             /* duplicate: answer again */
		takeack(h);
		if
		:: F_(c)&F_RSYN -> sendcack(h, S_(c), V_(c))
		:: else         -> sendack(h, BEST(h))
		fi
	:: else                                          /* older: ignore */
	fi
}

inline rcv(h) {
	if
#ifndef MUT_NONONCE
	:: (F_(c)&F_BAD)                                  /* nonce mismatch: drop */
#endif
	:: else ->
	   assert(!(F_(c)&F_BAD));                        /* S4 */
	   if
	   :: T_(c)==SYN && h==1 ->
		if
		:: st[1]==LISTEN -> st[1]=RESPOND; rv[1]=V_(c); pa[1]=S_(c); av[1]=V_(c);
			put(1, MK(SYNACK,v[1],rv[1]+1,0,loc[1],pa[1],0))
		:: st[1]==RESPOND ->
			if
			:: V_(c) > rv[1] -> rv[1]=V_(c); pa[1]=S_(c); av[1]=V_(c)
			:: else
			fi;
			if
			:: V_(c) == rv[1] -> put(1, MK(SYNACK,v[1],rv[1]+1,0,loc[1],pa[1],0))
			:: else
			fi
		:: else                                   /* duplicate SYN of this flow */
		fi
	   :: T_(c)==SYNACK && h==0 ->
		if
		:: st[0]==REQUEST && K_(c)>=1 && K_(c)<=v[0]+1 ->
			st[0]=EST; una[0]=K_(c); rv[0]=V_(c); pa[0]=S_(c); av[0]=V_(c);
			sendack(0, pa[0]);
			if
			:: una[0]!=v[0]+1 -> sendctl(0, BEST(0))
			:: else
			fi
		:: st[0]==EST ->
			if
			:: V_(c) > rv[0] ->               /* server moved before our ACK came */
				rv[0]=V_(c); takeaddr(0); takeack(0);
				sendcack(0, S_(c), V_(c))
			:: V_(c) == rv[0] ->
				takeack(0);
				sendack(0, S_(c))
			:: else
			fi
		:: else
		fi
	   :: T_(c)==ACK ->
		if
		:: st[h]==RESPOND && K_(c)>=1 ->
			st[h]=EST; una[h]=K_(c);
			if
			:: una[h]!=v[h]+1 -> sendctl(h, BEST(h))
			:: else
			fi
		:: st[h]==EST -> takeack(h)
		:: else
		fi;
		if
#ifdef MUT_NOECHO
		:: pendv[h]!=0 && V_(c)>=pendv[h] -> validate(h)
#else
		:: pendv[h]!=0 && C_(c)==pendv[h] && (F_(c)&F_ECHO) -> validate(h)
#endif
		:: else
		fi
	   :: T_(c)==CTL && (st[h]==EST || (st[h]==RESPOND && K_(c)>=1)) ->
		if
		:: st[h]==RESPOND -> st[h]=EST; una[h]=K_(c)
		:: else
		fi;
		takectl(h)
	   :: T_(c)==CTLACK ->
		if
#ifdef MUT_STALE
		:: st[h]==EST && MIG(h) ->            /* prototype-like: any RSYN-ACK completes */
			una[h]=v[h]+1;
			assert(rv[OTHER(h)]+1 >= una[h]);    /* S3 */
			chal[h]=lv[h];
			sendecho(h)
#endif
		:: (st[h]==EST || st[h]==RESPOND) && C_(c)==lv[h] && K_(c)>=1 ->
			if
			:: st[h]==RESPOND -> st[h]=EST
			:: else
			fi;
			takeack(h); chal[h]=C_(c);
			sendecho(h)
		:: else
		fi
	   :: T_(c)==RST -> st[h]=DEAD
	   :: else
	   fi
	fi
}

inline move(h) {
	loc[h]++; moves[h]++; v[h]++; lv[h]=v[h]; via[h]=0; fire(h)
}

inline close(h) {
	fin[h]=1;
	if
	:: MIG(h) -> v[h]++;
#ifndef MUT_FINOVER
		lv[h]=v[h]              /* the FIN message announces the address again */
#endif
	:: else -> v[h]++
	fi;
	sendctl(h, BEST(h))
}

active proctype World()
{
	d_step { st[0]=REQUEST; st[1]=LISTEN;
#ifndef WILD
	nloss=LOSS; ndup=DUP;
#endif
	fire(0); canon() }
end:
	do
	/* ---- delivery, loss, duplication, reordering ---- */
	:: atomic { !NETEMPTY ->
		if
		:: m[0]!=0 -> i=0
		:: m[1]!=0 && m[1]!=m[0] -> i=1
		:: m[2]!=0 && m[2]!=m[1] -> i=2
		:: m[3]!=0 -> i=3
		:: m[4]!=0 && m[4]!=m[3] -> i=4
		:: m[5]!=0 && m[5]!=m[4] -> i=5
		fi;
		c=m[i]; m[i]=0;
		if
		:: skip                                         /* deliver */
#ifdef WILD
		:: c=0                                          /* lose */
		:: m[i]=c                                       /* deliver, keep a copy */
#else
		:: nloss>0 -> nloss--; c=0                      /* lose */
		:: ndup>0  -> ndup--; m[i]=c                    /* deliver, keep a copy */
#endif
		fi;
#ifdef SOFT
		if
		:: i<SLOTS  && c!=0 && D_(c)<=loc[1] -> d_step { rcv(1) }
		:: i>=SLOTS && c!=0 && D_(c)<=loc[0] -> d_step { rcv(0) }
		:: i<SLOTS  && c!=0 && D_(c)!=loc[1] -> skip
		:: i>=SLOTS && c!=0 && D_(c)!=loc[0] -> skip
		:: c==0
		fi;
#else
		if
		:: i<SLOTS  && c!=0 && D_(c)==loc[1] -> d_step { rcv(1) }
		:: i>=SLOTS && c!=0 && D_(c)==loc[0] -> d_step { rcv(0) }
		:: else                                         /* nobody there */
		fi;
#endif
		d_step { canon() } }
	/* ---- mobility ---- */
	:: atomic { moves[0]<M0 && (st[0]==REQUEST || st[0]==EST) -> d_step { move(0); canon() } }
	:: atomic { moves[1]<M1 -> d_step {
		if
		:: st[1]==LISTEN -> loc[1]++; moves[1]++
		:: else -> move(1)
		fi; canon() } }
	:: atomic { reg[0]!=loc[0] -> reg[0]=loc[0] }
	:: atomic { reg[1]!=loc[1] -> reg[1]=loc[1] }
	/* ---- close ---- */
#if CLOSE & 1
	:: atomic { st[0]==EST && !fin[0] -> d_step { close(0); canon() } }
#endif
#if CLOSE & 2
	:: atomic { st[1]==EST && !fin[1] -> d_step { close(1); canon() } }
#endif
	/* ---- retransmission timers ---- */
#ifdef WILD
	:: atomic { OUT(0) -> d_step { fire(0); canon() } }
	:: atomic { OUT(1) -> d_step { fire(1); canon() } }
#else
	:: atomic { NETEMPTY && REGOK && (OUT(0) || OUT(1)) ->
		d_step { fire(0); fire(1); canon() } }
#endif
	/* ---- off-path attacker: knows addresses and flow ids, not nonces ---- */
#ifdef ATK
	:: atomic {
		if
		:: x=SYN
		:: x=SYNACK
		:: x=ACK
		:: x=CTL
		:: x=CTLACK
		:: x=RST
		fi;
		if
		:: d_step { c=MK(x,6,una[1],(F_BAD|F_RSYN|F_ECHO),EVIL,loc[1],pendv[1]); rcv(1); canon() }
		:: d_step { c=MK(x,6,una[0],(F_BAD|F_RSYN|F_ECHO),EVIL,loc[0],pendv[0]); rcv(0); canon() }
		fi }
#endif
	od
}

ltl conv { <>[] AGREE }
