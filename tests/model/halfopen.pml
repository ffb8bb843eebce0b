/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * halfopen.pml - a peer that lost its state, and forged resets.
 * Host 0 is established. Host 1 may crash and forget the flow.
 * Data packets carry no nonce; control packets do.
 * RST rule under test:
 *  - a host with no such flow answers a control packet with RST that echoes
 *    the nonce found in that packet, and a data packet with a RST without nonce
 *  - a host accepts RST only if it carries the peer's nonce, or echoes its own
 *    nonce; a RST without nonce only makes it send a probe (control packet)
 */
#define N0 1            /* nonce of host 0 */
#define N1 2            /* nonce of host 1 */
#define NX 3            /* anything the attacker can make up */
mtype = { data, probe, pack, rst };
chan to1 = [2] of { mtype, byte };      /* lossy below */
chan to0 = [2] of { mtype, byte };
bit dead0, crashed;
bit wantprobe;
byte loss = 2, atk = 3;

active proctype Host0()
{	mtype t; byte n; byte nd = 2;
end:	do
	:: atomic { !dead0 && nd>0 && nfull(to1) -> nd--; to1!data(0) }
	/* keepalive / user timeout: fires when nothing is under way */
	:: atomic { !dead0 && wantprobe && nfull(to1) -> wantprobe=0; to1!probe(N0) }
	:: atomic { !dead0 && crashed && empty(to0) && empty(to1) && !wantprobe -> wantprobe=1 }
	:: atomic { to0?t(n) ->
		if
		:: dead0 || t!=rst -> skip
		:: else ->
			if
#ifdef MUT_ANYRST
			:: true -> assert(crashed); dead0=1
#else
			:: n==N1 || n==N0 -> assert(crashed); dead0=1
#endif
			:: n==0 -> wantprobe=1
			:: else -> skip
			fi
		fi; t=0; n=0 }
	od
}
active proctype Host1()
{	mtype t; byte n;
end:	do
	:: atomic { !crashed -> crashed=1 }
	:: atomic { to1?t(n) ->
		if
		:: crashed && t==data  && nfull(to0) -> to0!rst(0)
		:: crashed && t==probe && nfull(to0) -> to0!rst(n)
		:: !crashed && t==probe && n==N0 && nfull(to0) -> to0!pack(N1)
		:: else -> skip
		fi; t=0; n=0 }
	od
}
active proctype Net()           /* loss, and the off-path attacker */
{	mtype t; byte n;
end:	do
	:: atomic { loss>0 && nempty(to1) -> to1?t(n); loss--; t=0; n=0 }
	:: atomic { loss>0 && nempty(to0) -> to0?t(n); loss--; t=0; n=0 }
	:: atomic { atk>0 && nfull(to0) -> atk--; if :: to0!rst(NX) :: to0!rst(0) fi }
	/* spoof host 0 towards host 1, hoping it reflects a killing RST */
	:: atomic { atk>0 && nfull(to1) -> atk--; if :: to1!probe(NX) :: to1!data(0) fi }
	od
}
ltl gone { [] (crashed -> <> dead0) }
