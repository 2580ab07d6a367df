import { randomUUID } from "node:crypto";
import {
    ClientEvent,
    createClient,
    EventType,
    MemoryStore,
    RelationType,
    RoomEvent,
    RoomStateEvent,
    MatrixEventEvent,
} from "matrix-js-sdk";
import { AllDevicesIsolationMode, CryptoEvent, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import { Network } from "./network.mjs";
import { Undecryptable } from "./undecryptable.mjs";

const FLUSH = "org.veilleuse.test.flush";

/**
 * One device of an agent. It encrypts with the same Rust crypto as Element and, like an Element that excludes insecure
 * devices, reads from and writes to those devices only that their owner has cross-signed. All it knows is in memory.
 */
export class Agent {
    #client;
    #network = new Network();
    #undecryptable = null;
    #tell;

    /** `tell` is called with an object for everything that happens. */
    constructor(tell) {
        this.#tell = tell;
    }

    /**
     * Makes a new device; resolves once the first sync is done. With `cross_signed` the account gets a new identity
     * that signs the device (one it had before is replaced); without, the device stays one that nobody vouches for. With
     * the `identity` of another device of the account, it is that one which signs.
     */
    async log_in({ homeserver, user_id, password, cross_signed, only_signed_devices, identity }) {
        const identifier = { type: "m.id.user", user: user_id };
        const door = createClient({ baseUrl: homeserver });
        const login = await door.loginRequest({ type: "m.login.password", identifier, password });
        this.#client = createClient({
            baseUrl: homeserver,
            userId: login.user_id,
            deviceId: login.device_id,
            accessToken: login.access_token,
            store: new MemoryStore(),
            fetchFn: this.#network.fetch,
            disableVoip: true,
        });
        await this.#client.initRustCrypto({ useIndexedDB: false });
        const crypto = this.#client.getCrypto();
        crypto.setDeviceIsolationMode(
            only_signed_devices ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false),
        );
        // Before the sync, whose first key query could bring an identity that is being replaced, and undo the new one.
        if (cross_signed && !identity) {
            await crypto.bootstrapCrossSigning({
                setupNewCrossSigning: true,
                authUploadDeviceSigningKeys: (upload) => this.#with_password(upload, identifier, password),
            });
        }
        this.#undecryptable = new Undecryptable();
        this.#watch();
        await this.#sync();
        if (identity) await this.#is_vouched_for_by(identity);
        return { user_id: login.user_id, device_id: login.device_id };
    }

    /** As an Element that is given the recovery key, or a code by the other device. */
    async #is_vouched_for_by(identity) {
        const crypto = this.#client.getCrypto();
        await crypto.userHasCrossSigningKeys(this.#client.getUserId(), true);
        await crypto.importSecretsBundle(identity);
        await crypto.crossSignDevice(this.#client.getDeviceId());
    }

    /** The account's identity, with the secret part of its keys. */
    async identity() {
        return await this.#client.getCrypto().exportSecretsBundle();
    }

    async #with_password(upload, identifier, password) {
        try {
            return await upload(null);
        } catch (error) {
            const session = error.data?.session;
            if (error.httpStatus !== 401 || !session) throw error;
            return await upload({ type: "m.login.password", identifier, password, session });
        }
    }

    async #sync() {
        const ready = new Promise((resolve) => {
            this.#client.on(ClientEvent.Sync, (state) => {
                this.#tell({ event: "sync", state });
                if (state === "PREPARED") resolve();
            });
        });
        await this.#client.startClient({ initialSyncLimit: 100, lazyLoadMembers: true });
        await ready;
    }

    #watch() {
        const client = this.#client;
        const changed = (event, room_id, more = {}) => this.#tell({ event, room_id, ...more });
        this.#undecryptable.watch(client, ({ room_id, event_id, reason }) =>
            changed("undecryptable", room_id, { event_id, reason }),
        );
        client.on(RoomEvent.Timeline, (event, room) => void this.#arrived(event, room));
        client.on(RoomEvent.TimelineReset, (room) => changed("timeline_reset", room?.roomId));
        client.on(RoomEvent.Redaction, (redaction, room) =>
            changed("redacted", room.roomId, { event_id: redaction.event.redacts ?? redaction.getContent().redacts }),
        );
        client.on(RoomEvent.MyMembership, (room, membership) =>
            changed("membership", room.roomId, { user_id: client.getUserId(), membership }),
        );
        client.on(RoomStateEvent.Members, (_event, state, member) =>
            changed("membership", state.roomId, { user_id: member.userId, membership: member.membership }),
        );
        client.on(MatrixEventEvent.Replaced, (event) =>
            changed("edited", event.getRoomId(), { event_id: event.getId() }),
        );
        client.on(CryptoEvent.DevicesUpdated, (user_ids) => this.#tell({ event: "devices", user_ids }));
        client.on(ClientEvent.DeleteRoom, (room_id) => changed("forgotten", room_id));
    }

    /** Element decrypts what it shows; this client shows everything. */
    async #arrived(event, room) {
        await this.#client.decryptEventIfNeeded(event);
        if (isMessage(event)) this.#tell({ event: "message", room_id: room.roomId, ...shown(event) });
    }

    /** Cuts the network: nothing is sent or received, everything in memory stays, as on a computer asleep. */
    unplug() {
        this.#network.unplug();
    }

    plug() {
        this.#network.plug();
        this.#client.retryImmediately();
    }

    /**
     * Resolves once this client has processed everything that the homeserver had for it at the time of the call:
     * a to-device message to itself comes back behind all that was queued before, in the same order as room events.
     */
    async catch_up() {
        const client = this.#client;
        const nonce = randomUUID();
        const back = new Promise((resolve) => {
            const listen = ({ message }) => {
                if (message.type !== FLUSH || message.content.nonce !== nonce) return;
                client.off(ClientEvent.ReceivedToDeviceMessage, listen);
                client.once(ClientEvent.Sync, resolve);
            };
            client.on(ClientEvent.ReceivedToDeviceMessage, listen);
        });
        const device = new Map([[client.getDeviceId(), { nonce }]]);
        await client.sendToDevice(FLUSH, new Map([[client.getUserId(), device]]));
        await back;
        await Promise.all(client.getRooms().flatMap((room) => messages(room).map((e) => e.getDecryptionPromise())));
    }

    async join({ room_id }) {
        await this.#client.joinRoom(room_id);
    }

    async leave({ room_id }) {
        await this.#client.leave(room_id);
    }

    /**
     * Refuses to write to a room that this client does not know to be encrypted. Says it in reply to `replies_to`, or in
     * the thread that begins with `thread`, as Element does: with a mention of whoever is replied to.
     */
    async send({ room_id, text, replies_to, thread, mentions }) {
        if (!(await this.#client.getCrypto().isEncryptionEnabledInRoom(room_id))) {
            throw new Error(`${room_id} is not encrypted, as far as this client knows`);
        }
        const content = { msgtype: "m.text", body: text, "m.mentions": mentions ? { user_ids: mentions } : {} };
        if (replies_to) content["m.relates_to"] = { "m.in_reply_to": { event_id: replies_to } };
        if (thread) content["m.relates_to"] = { rel_type: "m.thread", event_id: thread, is_falling_back: true };
        return (await this.#client.sendEvent(room_id, EventType.RoomMessage, content)).event_id;
    }

    /** Puts an emoji beside a message; in clear, as every client does. */
    async react({ room_id, event_id, key }) {
        const relation = { rel_type: RelationType.Annotation, event_id, key };
        return (await this.#client.sendEvent(room_id, EventType.Reaction, { "m.relates_to": relation })).event_id;
    }

    /** Every room this client still has in memory, with its own membership there. */
    rooms() {
        return this.#client.getRooms().map((room) => ({
            room_id: room.roomId,
            name: room.name,
            membership: room.getMyMembership(),
            encrypted: room.hasEncryptionStateEvent(),
        }));
    }

    membership({ room_id }) {
        return this.#client.getRoom(room_id)?.getMyMembership() ?? null;
    }

    /** Membership by user id. Of a room it is no longer in, the client knows what it had loaded while it was. */
    async members({ room_id }) {
        const room = this.#client.getRoom(room_id);
        if (!room) return {};
        if (room.getMyMembership() === "join") await room.loadMembersIfNeeded();
        return Object.fromEntries(room.currentState.getMembers().map((member) => [member.userId, member.membership]));
    }

    /**
     * Messages as they stand on the agent's screen, or the `last` so many, the oldest first: an edit shows in the message
     * that it edits.
     */
    timeline({ room_id, last }) {
        const room = this.#client.getRoom(room_id);
        return room ? messages(room).slice(last ? -last : 0).map(shown) : [];
    }

    /** The encrypted files of the room: name, what opens each, and the ciphertext, fetched as Element does. */
    async files({ room_id }) {
        const sent = messages(this.#client.getRoom(room_id)).map((event) => event.getContent());
        const fetched = sent.filter((content) => content.file).map(async ({ body, file }) => {
            const address = this.#client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
            const headers = { Authorization: `Bearer ${this.#client.getAccessToken()}` };
            const answer = await fetch(address, { headers });
            return { name: body, file, ciphertext: Buffer.from(await answer.arrayBuffer()).toString("base64") };
        });
        return Promise.all(fetched);
    }

    /** Whether it knows a device of theirs that they have signed themselves. */
    async knows_a_device({ user_id }) {
        const crypto = this.#client.getCrypto();
        const devices = (await crypto.getUserDeviceInfo([user_id])).get(user_id) ?? new Map();
        const statuses = [...devices.keys()].map((id) => crypto.getDeviceVerificationStatus(user_id, id));
        return (await Promise.all(statuses)).some((status) => status?.signedByOwner);
    }

    undecryptable() {
        return this.#undecryptable.list();
    }

    /** Ids of the Megolm sessions that others gave this device for the room, whether it read anything with them or not. */
    async room_keys({ room_id }) {
        const crypto = this.#client.getCrypto();
        const own = (await crypto.getOwnDeviceKeys()).curve25519;
        const keys = await crypto.exportRoomKeys();
        return keys.filter((key) => key.room_id === room_id && key.sender_key !== own).map((key) => key.session_id);
    }

    /** Ends the session on the homeserver; this object is of no use afterwards. */
    async log_out() {
        await this.#client.logout(true);
    }
}

function messages(room) {
    return room.getLiveTimeline().getEvents().filter(isMessage);
}

function isMessage(event) {
    const type = event.getWireType();
    const written = type === EventType.RoomMessage || type === EventType.RoomMessageEncrypted;
    return written && !event.isState() && !event.isRelation(RelationType.Replace);
}

/** What an officer sees of an event. `body` is null where there are no words to see. */
function shown(event) {
    const readable = !event.isRedacted() && !event.isDecryptionFailure() && !event.isBeingDecrypted();
    return {
        event_id: event.getId(),
        sender: event.getSender(),
        body: readable ? (event.getContent().body ?? null) : null,
        html: readable ? (event.getContent().formatted_body ?? null) : null,
        encrypted: event.getWireType() === EventType.RoomMessageEncrypted,
        decrypted: event.isEncrypted() && event.getClearContent() !== null && !event.isDecryptionFailure(),
        failure: event.decryptionFailureReason,
        redacted: event.isRedacted(),
        notice: readable && event.getContent().msgtype === "m.notice",
        replies_to: event.replyEventId ?? null,
        mentions: readable ? (event.getContent()["m.mentions"]?.user_ids ?? []) : [],
    };
}
