/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flows.pml - removing flows of a multi-flow connection from both ends.
 * NF flows are up. Each end may ask to remove flows (at most RM times).
 * Rule under test: never leave the connection without a flow that both ends
 * hold up; removal is a request which the peer may refuse; when each end asks
 * for the other's last flow at the same time, the client (0) wins.
 */
#ifndef NF
#define NF 2
#endif
#ifndef RM
#define RM 2
#endif
#define UP 0
#define LEAVING 1
#define DOWN 2
#define REM 1
#define REMACK 2
#define REMNAK 3
byte fs[6];             /* fs[h*3+f] */
byte id[2];             /* request number of each end */
byte rid[2];            /* newest request number seen from the peer */
byte ans[2];            /* what we answered to it */
byte rq[2];             /* flow asked for, +1; 0 = none */
byte cnt[2];
byte s0, s1, s2, s3;    /* network slots: two per direction; T:2 F:2 I:3 */
byte nloss=2, ndup=2;
byte x;
#define FS(h,f) fs[(h)*3+(f)]
#define UPC(h) ((fs[(h)*3]==UP)+(fs[(h)*3+1]==UP)+(fs[(h)*3+2]==UP))
#define MK(t,f,i) ((t)|((f)<<2)|((i)<<4))
#define T_(a) ((a)&3)
#define FL_(a) (((a)>>2)&3)
#define I_(a) (((a)>>4)&7)
#define BOTHUP ((fs[0]==UP && fs[3]==UP)||(fs[1]==UP && fs[4]==UP)||(fs[2]==UP && fs[5]==UP))
#define EMPTYNET (s0==0 && s1==0 && s2==0 && s3==0)
#define SAME ((fs[0]==fs[3])&&(fs[1]==fs[4])&&(fs[2]==fs[5])&&rq[0]==0&&rq[1]==0)

inline put(dd, msg) {
	if
	:: (dd)==0 && s0==0 -> s0=msg
	:: (dd)==0 && s0!=0 && s1==0 -> s1=msg
	:: (dd)==1 && s2==0 -> s2=msg
	:: (dd)==1 && s2!=0 && s3==0 -> s3=msg
	:: else
	fi
}
inline ask(hh, ff) {
	id[hh]++; cnt[hh]++; rq[hh]=(ff)+1; fs[(hh)*3+(ff)]=LEAVING;
	put(hh, MK(REM,ff,id[hh]))
}
inline rcv(hh, ms) {
	if
	:: T_(ms)==REM && I_(ms)==rid[hh] -> put(hh, MK(ans[hh],FL_(ms),I_(ms)))  /* duplicate */
	:: T_(ms)==REM && I_(ms)>rid[hh] ->
		rid[hh]=I_(ms);
		if
		:: FS(hh,FL_(ms))!=UP -> fs[(hh)*3+FL_(ms)]=DOWN; ans[hh]=REMACK;   /* we wanted that too */
			if
			:: rq[hh]==FL_(ms)+1 -> rq[hh]=0
			:: else
			fi
		:: FS(hh,FL_(ms))==UP && UPC(hh)>1 -> fs[(hh)*3+FL_(ms)]=DOWN; ans[hh]=REMACK
		:: else ->
			if
#ifdef MUT_NOTIE
			:: true -> fs[(hh)*3+FL_(ms)]=DOWN; ans[hh]=REMACK
#else
			:: (hh)==1 && rq[hh]!=0 ->       /* server gives way: cancels its own wish */
				fs[(hh)*3+rq[hh]-1]=UP; rq[hh]=0; fs[(hh)*3+FL_(ms)]=DOWN; ans[hh]=REMACK
			:: else -> ans[hh]=REMNAK
#endif
			fi
		fi;
		put(hh, MK(ans[hh],FL_(ms),I_(ms)))
	:: T_(ms)==REMACK && I_(ms)==id[hh] && rq[hh]==FL_(ms)+1 -> fs[(hh)*3+FL_(ms)]=DOWN; rq[hh]=0
	:: T_(ms)==REMNAK && I_(ms)==id[hh] && rq[hh]==FL_(ms)+1 -> fs[(hh)*3+FL_(ms)]=UP; rq[hh]=0
	:: else
	fi;
	assert(UPC(0)>0 && UPC(1)>0)
}
active proctype World()
{
	d_step {
#if NF==2
	fs[2]=DOWN; fs[5]=DOWN
#else
	skip
#endif
	}
end:	do
	:: atomic { cnt[0]<RM && rq[0]==0 && UPC(0)>1 ->
		if :: fs[0]==UP -> x=0 :: fs[1]==UP -> x=1 :: fs[2]==UP -> x=2 fi;
		d_step { ask(0,x); x=0 } }
	:: atomic { cnt[1]<RM && rq[1]==0 && UPC(1)>1 ->
		if :: fs[3]==UP -> x=0 :: fs[4]==UP -> x=1 :: fs[5]==UP -> x=2 fi;
		d_step { ask(1,x); x=0 } }
	:: atomic { s0!=0 -> x=s0; s0=0;
		if :: skip :: nloss>0 -> nloss--; x=0 :: ndup>0 -> ndup--; s0=x fi;
		d_step { if :: x!=0 -> rcv(1,x) :: else fi; x=0 } }
	:: atomic { s1!=0 -> x=s1; s1=0;
		if :: skip :: nloss>0 -> nloss--; x=0 :: ndup>0 -> ndup--; s1=x fi;
		d_step { if :: x!=0 -> rcv(1,x) :: else fi; x=0 } }
	:: atomic { s2!=0 -> x=s2; s2=0;
		if :: skip :: nloss>0 -> nloss--; x=0 :: ndup>0 -> ndup--; s2=x fi;
		d_step { if :: x!=0 -> rcv(0,x) :: else fi; x=0 } }
	:: atomic { s3!=0 -> x=s3; s3=0;
		if :: skip :: nloss>0 -> nloss--; x=0 :: ndup>0 -> ndup--; s3=x fi;
		d_step { if :: x!=0 -> rcv(0,x) :: else fi; x=0 } }
	:: atomic { EMPTYNET && (rq[0]!=0 || rq[1]!=0) -> d_step {
		if :: rq[0]!=0 -> put(0, MK(REM,rq[0]-1,id[0])) :: else fi;
		if :: rq[1]!=0 -> put(1, MK(REM,rq[1]-1,id[1])) :: else fi } }
	od
}
ltl same { <>[] (SAME && BOTHUP) }
