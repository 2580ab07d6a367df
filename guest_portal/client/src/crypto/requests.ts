import { type OlmMachine, RequestType } from "@matrix-org/matrix-sdk-crypto-wasm";
import type { KeyTransport, ToDeviceType } from "../conversation/ports";

/** A request of the machine, of any type. */
export type MachineRequest = {
  readonly id: string | undefined;
  readonly type: RequestType;
  readonly body: string;
  readonly event_type?: string;
  readonly txn_id?: string;
};

const NOTHING = "{}";

/** Sends a request of the machine and gives it the answer. `knows`: the only users whose keys may be asked for. */
export async function send(
  machine: OlmMachine,
  transport: KeyTransport,
  request: MachineRequest,
  knows: (user: string) => boolean,
): Promise<void> {
  const answer = await answerTo(transport, request, knows);
  if (request.id !== undefined) {
    await machine.markRequestAsSent(request.id, request.type, answer);
  }
}

function answerTo(transport: KeyTransport, request: MachineRequest, knows: (user: string) => boolean): Promise<string> {
  switch (request.type) {
    case RequestType.KeysUpload:
      return transport.uploadKeys(request.body);
    case RequestType.KeysQuery:
      return query(transport, request.body, knows);
    case RequestType.KeysClaim:
      return transport.claimKeys(request.body);
    case RequestType.SignatureUpload:
      return transport.uploadSignatures(request.body);
    case RequestType.ToDevice:
      return toDevice(transport, request);
    default:
      return Promise.resolve(NOTHING);
  }
}

/** Somebody who has left may still be asked for by the machine; the portal would refuse the whole query. */
async function query(transport: KeyTransport, body: string, knows: (user: string) => boolean): Promise<string> {
  const asked = JSON.parse(body) as { device_keys: Record<string, unknown> };
  const allowed = Object.entries(asked.device_keys).filter(([user]) => knows(user));
  if (allowed.length === 0) {
    return '{"device_keys":{}}';
  }
  return transport.queryKeys(JSON.stringify({ device_keys: Object.fromEntries(allowed) }));
}

/** Room keys and their refusals go out; what else the machine would say to other devices is of no use here. */
function toDevice(transport: KeyTransport, request: MachineRequest): Promise<string> {
  const { event_type: type, txn_id: transactionId } = request;
  if (transactionId === undefined || !isAllowed(type)) {
    return Promise.resolve(NOTHING);
  }
  return transport.sendToDevice(type, transactionId, request.body);
}

function isAllowed(type: string | undefined): type is ToDeviceType {
  return type === "m.room.encrypted" || type === "m.room_key.withheld";
}
