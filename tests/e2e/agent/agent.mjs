/**
 * An agent's Matrix client, driven through standard input and output by one JSON object a line.
 *
 *   in:   {"id": 1, "call": "join", "with": {"room_id": "!…"}}
 *   out:  {"id": 1, "result": …}   or   {"id": 1, "error": {"code": "M_FORBIDDEN", "message": "…"}}
 *         {"event": "message", "room_id": "!…", …}   whenever something happens, without being asked
 *
 * The calls are the methods of `Agent`. Logs go to standard error. The process ends with its input.
 */
import { Console } from "node:console";
import { createInterface } from "node:readline";

// Standard output belongs to the protocol: taken from the library before it loads, and may log.
globalThis.console = new Console(process.stderr, process.stderr);
for (const level of ["debug", "log", "info"]) console[level] = () => {};
// As a browser does: the library leaves rejections behind when the network goes.
process.on("unhandledRejection", (reason) => console.error(reason));

const { Agent } = await import("./encrypting_client.mjs");

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const agent = new Agent(tell);

async function answer({ id, call, with: parameters }) {
    try {
        tell({ id, result: (await agent[call](parameters)) ?? null });
    } catch (error) {
        tell({ id, error: { code: error.errcode ?? error.name, message: error.message } });
    }
}

createInterface({ input: process.stdin })
    .on("line", (line) => void answer(JSON.parse(line)))
    .on("close", () => process.exit(0));
