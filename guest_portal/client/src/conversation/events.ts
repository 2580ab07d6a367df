import type { Answer, Proposal } from "./orientation";
import type { Absence, Audience } from "./people";
import type { Place } from "./place";
import type { Commune } from "./ports";
import type { Failure, FeedbackStage, NoticeKind } from "./state";

/** Everything that can happen to a conversation, as the page understands it. */
export type ConversationEvent = CourseEvent | PeopleEvent | PassingOnEvent | ProposalEvent | MessageEvent;

export type CourseEvent =
  | { readonly type: "opening-started" }
  | { readonly type: "form-refused" }
  | { readonly type: "commune-asked"; readonly communes: readonly Commune[] }
  | { readonly type: "postal-code-edited" }
  | { readonly type: "opened"; readonly reference: string }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "ended-by-agent" }
  | { readonly type: "closed"; readonly departureConfirmed: boolean }
  | { readonly type: "departure-confirmed" }
  | { readonly type: "feedback"; readonly stage: FeedbackStage }
  | { readonly type: "placed"; readonly place: Place }
  | { readonly type: "connected" }
  | { readonly type: "connection-unsealed" }
  | { readonly type: "agent-typing"; readonly typing: boolean }
  | { readonly type: "network-lost" }
  | { readonly type: "network-restored" }
  | { readonly type: "noticed"; readonly notice: NoticeKind; readonly name?: string | null };

/** Who is there, or why nobody is, at every change. */
export type PeopleEvent = {
  readonly type: "people-changed";
  readonly audience: Audience | null;
  readonly absence: Absence | null;
};

export type PassingOnEvent =
  | { readonly type: "passing-on-declined" }
  /** `keys`: of the messages that make the recapitulation. */
  | { readonly type: "passing-on-started"; readonly keys: readonly string[] };

export type ProposalEvent =
  | { readonly type: "proposed"; readonly proposal: Proposal }
  | { readonly type: "proposal-withdrawn"; readonly id: string }
  | { readonly type: "answer-given"; readonly answer: Answer }
  | { readonly type: "answer-confirmed"; readonly answer: Answer }
  | { readonly type: "answer-refused"; readonly id: string };

/** `readers`: whom the message was sealed for. */
export type MessageEvent =
  | { readonly type: "message-written"; readonly key: string; readonly text: string; readonly at: number }
  | { readonly type: "message-sending"; readonly key: string }
  | { readonly type: "message-held"; readonly key: string }
  | {
      readonly type: "message-sent";
      readonly key: string;
      readonly eventId: string;
      readonly readers: readonly string[];
    }
  | { readonly type: "message-refused"; readonly key: string }
  | { readonly type: "message-retried"; readonly key: string }
  | { readonly type: "message-sealed"; readonly eventId: string }
  | {
      readonly type: "message-received";
      readonly eventId: string;
      readonly author: string;
      readonly authorName: string | null;
      readonly text: string;
      readonly cut: boolean;
      readonly at: number;
    }
  | {
      readonly type: "message-edited";
      readonly eventId: string;
      readonly author: string;
      readonly text: string;
      readonly cut: boolean;
    }
  | { readonly type: "message-removed"; readonly eventId: string }
  | { readonly type: "removal-asked"; readonly key: string }
  | { readonly type: "removal-refused"; readonly key: string };
