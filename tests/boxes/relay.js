// SPDX-License-Identifier: MIT
//
// relay.js LISTEN UPSTREAM OPTIONS: two pipes. OPTIONS are JSON for both sockets;
// allowHalfOpen is false unless they say otherwise.

const net = require("net");

const [listen, upstream] = process.argv.slice(2, 4).map((address) => {
	const [host, port] = address.split(":");
	return { host, port: Number(port) };
});
const options = JSON.parse(process.argv[4] || "{}");

net.createServer(options, (client) => {
	const server = net.connect({ ...upstream, ...options });
	client.pipe(server);
	server.pipe(client);
	client.on("error", () => server.destroy());
	server.on("error", () => client.destroy());
}).listen(listen);
