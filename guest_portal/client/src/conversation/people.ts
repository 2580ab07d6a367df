/** Who is in the conversation, as the warden names them. */

export type Person = { readonly id: string; readonly name: string | null };

/** Who reads what the guest writes. `listeners`: second listeners, whom the warden has named beside the agent. */
export type Audience = { readonly agent: Person; readonly listeners: readonly Person[] };

/** Why there is no interlocutor. `to`: the desk or the agent who comes next, if that is told. */
export type Absence =
  | { readonly reason: "handed-over"; readonly to: string | null }
  | { readonly reason: "agent-away"; readonly to: null };

/** The ids of all who read, the agent's first. */
export function readersOf(audience: Audience | null): readonly string[] {
  return audience === null ? [] : [audience.agent.id, ...audience.listeners.map(({ id }) => id)];
}

/** Whether both are the same people, whatever their names. */
export function areSameReaders(one: Audience | null, other: Audience | null): boolean {
  const [those, these] = [readersOf(one), readersOf(other)];
  return those[0] === these[0] && those.length === these.length && those.every((id) => these.includes(id));
}

const LONGEST_NAME = 60;

/** A name fit to be shown: no Matrix id, nothing invisible, nothing that turns the writing direction; else null. */
export function shownName(name: unknown): string | null {
  if (typeof name !== "string") {
    return null;
  }
  const shown = name.replace(/[\p{Cc}\p{Cf}\p{Co}]/gu, "").trim();
  return shown === "" || /^@.*:/.test(shown) ? null : shown.slice(0, LONGEST_NAME);
}
