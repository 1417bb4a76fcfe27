/** `npm run receiver -- [port [host]]`: a customer's endpoint that prints whatever reaches it and answers 204. */
import { showRequestPlain } from './demo/print.ts';
import { startReceiver } from './receiver.ts';

const port = Number(process.argv[2] ?? 9000);
const { url, stop } = await startReceiver((request) => {
  showRequestPlain(request);
  return { status: 204 };
}, port, process.argv[3]);
console.log(`Listening on ${url}; Ctrl-C ends it.`);
process.once('SIGINT', () => void stop());
