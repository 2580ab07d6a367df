import type { Commune } from "./ports";
import type { Failure, NoticeKind } from "./state";

/** Everything that can happen to a conversation, as the page understands it. */
export type ConversationEvent =
  | { readonly type: "opening-started" }
  | { readonly type: "form-refused" }
  | { readonly type: "commune-asked"; readonly communes: readonly Commune[] }
  | { readonly type: "postal-code-edited" }
  | { readonly type: "opened"; readonly reference: string }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "closed"; readonly departureConfirmed: boolean }
  | { readonly type: "departure-confirmed" }
  | { readonly type: "agent-joined"; readonly name: string | null }
  | { readonly type: "agent-renamed"; readonly name: string | null }
  | { readonly type: "agent-left" }
  | { readonly type: "connected" }
  | { readonly type: "connection-unsealed" }
  | { readonly type: "agent-typing"; readonly typing: boolean }
  | { readonly type: "network-lost" }
  | { readonly type: "network-restored" }
  | { readonly type: "noticed"; readonly notice: NoticeKind }
  | { readonly type: "message-written"; readonly key: string; readonly text: string }
  | { readonly type: "message-sending"; readonly key: string }
  | { readonly type: "message-held"; readonly key: string }
  | { readonly type: "message-sent"; readonly key: string; readonly eventId: string }
  | { readonly type: "message-refused"; readonly key: string }
  | { readonly type: "message-retried"; readonly key: string }
  | { readonly type: "message-sealed"; readonly eventId: string }
  | { readonly type: "message-received"; readonly eventId: string; readonly author: string; readonly text: string }
  | { readonly type: "message-edited"; readonly eventId: string; readonly author: string; readonly text: string }
  | { readonly type: "message-removed"; readonly eventId: string };
