// Node's `ws`: a frame to everybody for each byte on standard input, and a pong for each ping.
//
//     node ws.mjs PORT
//
// The frames are those of frames.py.

import { WebSocketServer } from 'ws';

const EPOCH = 1_750_000_000;

const server = new WebSocketServer({
    host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false,
});
let step = 0;
let position = 0;

server.on('connection', (socket) => {
    socket.on('message', (text) => {
        const ping = JSON.parse(text.toString());
        socket.send(JSON.stringify({ type: 'pong', n: ping.n, step }));
    });
});

process.stdin.on('data', (bytes) => {
    for (let left = bytes.length; left > 0; left -= 1) publish();
});

function publish() {
    const increment = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    step += 1;
    position += increment;
    const frame = Buffer.from(JSON.stringify({
        type: 'increments', epoch: EPOCH, revision: 1, first_step: step, increments: [increment], position,
    }));
    for (const socket of server.clients) socket.send(frame, { binary: false });
}
