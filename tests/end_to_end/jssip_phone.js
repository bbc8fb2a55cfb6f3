// JsSIP as a telephone without sound: registers over WebSocket, sends a text, tells what comes. Prints a line of JSON each.
global.WebSocket = require("ws");
const JsSIP = require("jssip");

const [url, user, password, to] = process.argv.slice(2);
const tell = (kind, more = {}) => console.log(JSON.stringify({ kind, ...more }));

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
phone.on("unregistered", () => {
  tell("unregistered");
  phone.stop();
  setTimeout(() => process.exit(0), 200);
});
process.stdin.on("data", () => phone.unregister());
phone.start();
