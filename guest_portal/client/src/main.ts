/** Wires the page: the exit as early as possible, so that it works whatever else does not. */
import { HttpPortal } from "./api/portal";
import { Conversation } from "./conversation/conversation";
import { EngineLoader } from "./engine-loader";
import { systemClock, systemRandomness } from "./system";
import { installExit } from "./ui/exit";
import { Page } from "./ui/page";
import { engineAddresses, whenCalm } from "./ui/surroundings";
import { followVisiblePart } from "./ui/viewport";

const cryptography = new EngineLoader(engineAddresses());
const conversation = new Conversation(
  { portal: new HttpPortal(), cryptography, clock: systemClock, randomness: systemRandomness },
  (state) => page.render(state),
);
installExit(() => conversation.vanish());
followVisiblePart();
const page = new Page(conversation);

// Ahead of need, while the person reads. A failure is told when a conversation is started, not before.
whenCalm(() => cryptography.load().catch(() => undefined));
