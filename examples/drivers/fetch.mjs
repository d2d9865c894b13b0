// A driver: gets a page with Node's fetch, once for each line of its input.
//
// recut writes 127.0.0.1:PORT, perhaps with NAME=PORT behind it, and waits for one line: the result
// of this conversation. An error is a result, too.
import { createInterface } from "node:readline";

async function get(address) {
  // fetch keeps connections to use them again; this asks the server to close.
  const answer = await fetch(`http://${address}/`, {
    headers: { connection: "close" },
    signal: AbortSignal.timeout(5000),
  });
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [address] = line.split(" ");
  let result;
  try {
    result = await get(address);
  } catch (error) {
    // What the network did is the cause of fetch's TypeError.
    result = { error: error.message, cause: error.cause?.code ?? error.cause?.message };
  }
  // JSON makes line ends visible, so that this is one line; it is written at once.
  console.log(JSON.stringify(result));
}
