// JsSIP as a telephone: registers over WebSocket, sends a text, answers calls, tells what comes. Prints a line of JSON each.
// Its sound is a gateway's business: calls are answered with plain RTP at the port that is given.
global.window = global;
global.WebSocket = require("ws");
const JsSIP = require("jssip");

const [url, user, password, to, media] = process.argv.slice(2);
const tell = (kind, more = {}) => console.log(JSON.stringify({ kind, ...more }));

// What JsSIP takes from a browser for a call.
global.RTCSessionDescription = class {
  constructor(description) {
    Object.assign(this, description);
  }
};
global.RTCPeerConnection = class {
  iceConnectionState = "connected";
  iceGatheringState = "complete";
  signalingState = "stable";
  addEventListener() {}
  removeEventListener() {}
  getSenders() {
    return [];
  }
  async setRemoteDescription() {}
  async createAnswer() {
    const lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
    return { type: "answer", sdp: [...lines, `m=audio ${media} RTP/AVP 0`, "a=rtpmap:0 PCMU/8000", ""].join("\r\n") };
  }
  async setLocalDescription(description) {
    this.localDescription = description;
  }
  close() {
    this.signalingState = "closed";
  }
};
const silence = { getTracks: () => [], getAudioTracks: () => [], getVideoTracks: () => [] };

const phone = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(url)],
  uri: `sip:${user}@bakery.test`,
  password,
  register_expires: 120,
});
phone.on("connected", () => tell("connected"));
phone.on("registered", () => {
  tell("registered");
  phone.sendMessage(`sip:${to}@bakery.test`, "hello from a browser", {
    eventHandlers: {
      succeeded: (event) => tell("sent", { status: event.response.status_code }),
      failed: (event) => tell("failed", { cause: event.cause }),
    },
  });
});
phone.on("registrationFailed", (event) => tell("refused", { cause: event.cause }));
phone.on("newMessage", ({ originator, request }) => {
  if (originator === "remote") tell("text", { body: request.body });
});
phone.on("newRTCSession", ({ session }) => {
  tell("called", { caller: session.remote_identity.uri.user });
  session.on("confirmed", () => tell("answered"));
  session.on("ended", (event) => tell("ended", { by: event.originator }));
  session.on("failed", (event) => tell("failed", { cause: event.cause }));
  session.answer({ mediaStream: silence });
});
phone.on("unregistered", () => {
  tell("unregistered");
  phone.stop();
  setTimeout(() => process.exit(0), 200);
});
process.stdin.on("data", () => phone.unregister());
phone.start();
