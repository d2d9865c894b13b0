#!/usr/bin/env node
// A driver with many clients for Node: clients.cjs NAME uses the client of that name for each line.
//
// What the client comes to is told as one line; an error is a result, too.
"use strict";
const crypto = require("node:crypto");
const readline = require("node:readline");

const clients = {
  async ioredis(host, port) {
    const Redis = require("ioredis");
    const client = new Redis({ host, port, enableReadyCheck: false, disableClientInfo: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    client.on("error", () => {});
    try { return await client.lrange("k", 0, -1); } finally { client.disconnect(); }
  },
  mqtt(host, port) {
    const client = require("mqtt").connect({ host, port, clientId: "c", reconnectPeriod: 0, connectTimeout: 3000 });
    return new Promise((resolve, reject) => {
      const got = [];
      client.on("connect", () => client.subscribe("t", { qos: 0 }));
      client.on("message", (topic, payload) => {
        got.push([topic, payload.toString()]);
        if (got.length === 2) client.end(false, () => resolve(got));
      });
      client.on("error", reject);
      client.on("close", () => resolve({ closed: got }));
    });
  },
  ws(host, port) {
    // With a key that is always the same the script can name the answer.
    const key = Buffer.from("dGhlIHNhbXBsZSBub25jZQ==", "base64");
    const { randomBytes } = crypto;
    crypto.randomBytes = (n, ...rest) => (n === 16 ? key : randomBytes(n, ...rest));
    const WebSocket = require("ws");
    const link = new WebSocket(`ws://${host}:${port}/`, { perMessageDeflate: false, handshakeTimeout: 3000 });
    return new Promise((resolve, reject) => {
      const got = [];
      link.on("message", (data) => { got.push(data.toString()); if (got.length === 3) link.terminate(); });
      link.on("close", () => resolve(got));
      link.on("error", reject);
    });
  },
  memcached(host, port) {
    const Memcached = require("memcached");
    const client = new Memcached(`${host}:${port}`, { retries: 0, timeout: 2000, retry: 1, failures: 0 });
    return call((done) => client.getMulti(["a", "b"], done)).finally(() => client.end());
  },
  eventsource(host, port) {
    const { EventSource } = require("eventsource");
    return events(new EventSource(`http://${host}:${port}/`));
  },
  async eventsource_client(host, port) {
    const { createEventSource } = require("eventsource-client");
    const source = createEventSource(`http://${host}:${port}/`);
    const got = [];
    const timer = setTimeout(() => source.close(), 3000);
    source.connect();
    for await (const { event, id, data } of source) { got.push([event, id, data]); if (got.length === 3) break; }
    clearTimeout(timer);
    source.close();
    return got;
  },
  mailpop3(host, port) {
    const Pop = require("mailpop3");
    const client = new Pop(Number(port), host, { enabletls: false, debug: false });
    return new Promise((resolve, reject) => {
      client.on("error", reject);
      client.on("connect", () => client.login("u", "p"));
      client.on("login", (ok) => (ok ? client.retr(1) : resolve("login failed")));
      let got = "closed";
      client.on("retr", (ok, n, data) => { got = { ok, n, data }; client.quit(); });
      client.on("quit", () => resolve(got));
      client.on("close", () => resolve(got));
      for (const e of ["invalid-state", "locked", "unrecognized"]) client.on(e, () => resolve(e));
    });
  },
  async node_pop3(host, port) {
    let Pop = require("node-pop3"); Pop = Pop.default ?? Pop;
    const client = new Pop({ user: "u", password: "p", host, port: Number(port), timeout: 3000 });
    const text = await client.RETR(1);
    await client.QUIT();
    return text;
  },
  fivebeans(host, port) {
    const { client: Client } = require("fivebeans");
    const client = new Client(host, port);
    return new Promise((resolve, reject) => {
      client.on("error", reject).on("close", () => resolve("closed")).on("connect", () =>
        client.reserve_with_timeout(1, (error, id, body) => { resolve({ error, id, body: String(body) }); client.end(); })).connect();
    });
  },
  stompit(host, port) {
    const stompit = require("stompit");
    return call((done) => stompit.connect({ host, port: Number(port), connectHeaders: { host: "/", "heart-beat": "0,0" } }, (error, client) => {
      if (error) return done(error);
      client.on("error", done);
      client.subscribe({ destination: "q", ack: "auto" }, (error, message) => {
        if (error) return done(error);
        message.readString("utf-8", (error, body) => { done(error, body); client.destroy(); });
      });
    }));
  },
  stomp_client(host, port) {
    const Client = require("stomp-client");
    const client = new Client(host, Number(port), "u", "p");
    return new Promise((resolve, reject) => {
      client.connect(() => client.subscribe("q", (body, headers) => { resolve({ body, headers }); client.disconnect(); }), reject);
      client.on("disconnect", () => resolve("closed"));
    });
  },
  irc(host, port) {
    const { Client } = require("irc");
    const client = new Client(host, "me", { port: Number(port), userName: "u", realName: "r", retryCount: 0, autoRejoin: false });
    const got = [];
    return new Promise((resolve) => {
      client.on("error", (e) => got.push(["error", e.command]));
      client.on("message", (from, to, text) => got.push([from, to, text]));
      client.on("raw", (m) => { if (m.command === "PING") { client.conn.destroy(); resolve(got); } });
      client.conn.on("close", () => resolve(got));
    });
  },
  irc_framework(host, port) {
    const { Client } = require("irc-framework");
    const client = new Client();
    const got = [];
    return new Promise((resolve) => {
      client.on("privmsg", (m) => got.push([m.nick, m.target, m.message]));
      client.on("close", () => resolve(got)).on("socket close", () => resolve(got));
      client.on("raw", (m) => { if (m.from_server && m.line.startsWith("PING")) client.connection.end(); });
      client.connect({ host, port: Number(port), nick: "me", username: "u", gecos: "r", auto_reconnect: false, enable_chghost: false });
    });
  },
  jsftp(host, port) {
    const Ftp = require("jsftp");
    const client = new Ftp({ host, port: Number(port) });
    return call((done) => { client.on("error", done); client.on("timeout", done); client.auth("u", "p", (error) => error ? done(error) : client.raw("pwd", (error, data) => { done(error, data); client.destroy(); })); });
  },
  async nats(host, port) {
    const { connect, StringCodec } = require("nats");
    const client = await connect({ servers: `${host}:${port}`, reconnect: false, timeout: 3000 });
    const got = [];
    const sub = client.subscribe("s", { max: 2 });
    for await (const m of sub) got.push(StringCodec().decode(m.data));
    await client.close();
    return got;
  },
  node_gearman(host, port) {
    const Gearman = require("node-gearman");
    const client = new Gearman(host, port);
    return new Promise((resolve) => {
      client.on("error", (e) => resolve("error")); client.on("close", () => resolve("closed"));
      client.connect();
      const job = client.submitJob("f", "x");
      let got = "";
      job.setTimeout?.(3000);
      job.on("data", (d) => (got += d)); job.on("end", () => { resolve(got); client.close(); }); job.on("error", () => resolve("job error"));
    });
  },
};

function call(start) {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
}

/** Three events of a reader with the face of the browser's. */
function events(source) {
  return new Promise((resolve) => {
    const got = [];
    const take = ({ type, lastEventId, data }) => { got.push([type, lastEventId, data]); if (got.length === 3) { source.close(); resolve(got); } };
    source.addEventListener("message", take);
    source.addEventListener("price", take);
    source.addEventListener("error", () => { source.close(); resolve({ error: got }); });
  });
}

const client = clients[process.argv[2]];
readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const [host, port] = line.split(" ")[0].split(":");
  let result;
  try {
    result = await client(host, port);
  } catch (error) {
    result = { error: String(error?.message ?? error) };
  }
  // JSON makes line ends visible; some messages name the port, which is another one each time.
  console.log((JSON.stringify(result) ?? "nothing").replaceAll(port, "PORT"));
});
