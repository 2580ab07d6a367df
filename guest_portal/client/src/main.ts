/** Wires the page: the exit as early as possible, so that it works whatever else does not. */
import { HttpPortal } from "./api/portal";
import { Proofs } from "./api/proofs";
import { askToForget, fetchModule, fetchPage, fetchScript } from "./api/site";
import { Conversation } from "./conversation/conversation";
import { EngineLoader } from "./engine-loader";
import { WorkerSolver } from "./proof/in-worker";
import { systemClock, systemRandomness } from "./system";
import { installChoices } from "./ui/choices";
import { installExit } from "./ui/exit";
import { Page } from "./ui/page";
import { engineAddresses, runScript, whenCalm, workerAddress } from "./ui/surroundings";
import { veilWhenHidden } from "./ui/veil";
import { followVisiblePart } from "./ui/viewport";

const cryptography = new EngineLoader(engineAddresses(), { fetchScript, fetchModule, runScript });
const proofs = new Proofs(new WorkerSolver(workerAddress()));
const conversation = new Conversation(
  { portal: new HttpPortal(proofs), cryptography, clock: systemClock, randomness: systemRandomness },
  (state) => page.render(state),
);
installExit({ vanish: () => conversation.vanish(), forget: askToForget }, (which) => page.exitText(which));
followVisiblePart();
veilWhenHidden();
const page = new Page(conversation);
installChoices(page, fetchPage);

// Ahead of need, while the person reads. A failure is told when a conversation is started, not before.
cryptography.load().catch(() => undefined);
whenCalm(() => proofs.prepare());
