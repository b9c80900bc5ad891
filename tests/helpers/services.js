// SPDX-License-Identifier: MIT
//
// Services for `ask`, one a mode: services.js MODE [ARGUMENT]. Listens on a free
// port of loopback and says "listening on ADDRESS". Most treat every connection
// alike, whatever is asked.

const net = require("net");
const http = require("http");

const body = "0123456789abcdef".repeat(316); // 5056 bytes
const header = (status, length) =>
	`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`;
const whole = header("200 OK", body.length) + body;
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
	"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: y\r\n\r\n";

// Calls back once something was asked.
const asked = (answer) => (socket) => {
	socket.on("error", () => {});
	socket.once("data", () => answer(socket));
};
// The same, with whether the EOF was there by then.
const askedOrEof = (answer) => (socket) => {
	let eof = false;
	socket.on("error", () => {});
	socket.on("end", () => { eof = true; });
	socket.once("data", () => setTimeout(() => answer(socket, eof), 100));
};
const open = { allowHalfOpen: true };
const argument = process.argv[3];

const modes = {
	// Node's own HTTP server, at its defaults; ARGUMENT ms until the reply.
	http: () => http.createServer((request, response) => {
		setTimeout(() => response.end(body), Number(argument || 0));
	}),
	// A backend: the same, for proxies that keep their side open.
	"late-http": () => net.createServer(open, asked((socket) =>
		setTimeout(() => socket.end(whole), Number(argument)))),
	// The same in two halves, the second one 300 ms later.
	halves: () => net.createServer(open, asked((socket) => setTimeout(() => {
		socket.write(whole.slice(0, 2500));
		setTimeout(() => socket.end(whole.slice(2500)), 300);
	}, Number(argument)))),
	// A reply after which the connection stays.
	"keep-alive": () => net.createServer(open, asked((socket) =>
		socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n` + body))),
	// Echo by pipe: allowHalfOpen, and the default, which ends its side at an EOF.
	echo: () => net.createServer(open, (socket) => socket.on("error", () => {}).pipe(socket)),
	"echo-default": () => net.createServer((socket) => socket.on("error", () => {}).pipe(socket)),
	// Answers 200 ms later, and the default has closed its side by then.
	"late-default": () => net.createServer(asked((socket) =>
		setTimeout(() => socket.end("an answer\n"), 200))),
	"late-open": () => net.createServer(open, asked((socket) =>
		setTimeout(() => socket.end("an answer\n"), 200))),
	// Takes an EOF for a wish to leave.
	"closes-at-eof": () => net.createServer(open, (socket) => {
		socket.on("error", () => {});
		socket.on("end", () => socket.destroy());
		socket.once("data", (data) => setTimeout(() => socket.write(data), 100));
	}),
	// Cuts what it sends when it sees the EOF.
	"cuts-at-eof": () => net.createServer(open, askedOrEof((socket, eof) => {
		socket.end(eof ? whole.slice(0, 1000) : whole);
	})),
	// Another status, or garbage, once it sees the EOF.
	"differs-at-eof": () => net.createServer(open, askedOrEof((socket, eof) => {
		const sorry = "<html><body>client has gone away</body></html>\n";
		socket.end(eof ? header("400 Bad request", sorry.length) + sorry : whole);
	})),
	// RST in place of the rest.
	"resets-at-eof": () => net.createServer(open, askedOrEof((socket, eof) => {
		if (!eof)
			socket.end(whole);
		else
			socket.write(whole.slice(0, 1000), () => setTimeout(() => socket.resetAndDestroy(), 50));
	})),
	// The whole reply, and then no EOF.
	"eof-lost": () => net.createServer(open, askedOrEof((socket, eof) => {
		if (eof)
			socket.write(whole);
		else
			socket.end(whole);
	})),
	// Nothing at all when the EOF comes while it thinks, but not when it was there.
	"late-only": () => net.createServer(open, (socket) => {
		let thinks = false;
		socket.on("error", () => {});
		socket.on("end", () => { if (thinks) socket.destroy(); });
		socket.once("data", () => {
			setTimeout(() => { thinks = true; }, 50);
			setTimeout(() => socket.end(whole), 1200);
		});
	}),
	// A page with markup in its header fields, and another one once it sees the EOF.
	"markup-at-eof": () => net.createServer(open, askedOrEof((socket, eof) => {
		const page = "<!DOCTYPE html><script>alert(1)</script>\n";
		socket.end(eof ? "HTTP/1.1 500 <b onclick='x'>&amp;</b>\r\nX: \"><img src=x onerror=alert(1)>\r\n\r\n" + page
			: header("200 OK", page.length) + page);
	})),
	// The request as the body of the reply.
	"echo-http": () => net.createServer(open, (socket) => {
		socket.on("error", () => {});
		socket.once("data", (data) => setTimeout(() =>
			socket.end(Buffer.concat([Buffer.from(header("200 OK", data.length)), data])), 50));
	}),
	// Nothing more once it has seen the EOF.
	"stalls-at-eof": () => net.createServer(open, askedOrEof((socket, eof) => {
		if (!eof)
			socket.end(whole);
	})),
	// Whatever is asked: RST, nothing, a byte a second, no end, no HTTP.
	rst: () => net.createServer(asked((socket) => socket.resetAndDestroy())),
	silent: () => net.createServer(open, asked(() => {})),
	trickle: () => net.createServer(open, asked((socket) => {
		let at = 0;
		const timer = setInterval(() => {
			if (at === whole.length || socket.destroyed)
				clearInterval(timer);
			else
				socket.write(whole[at++]);
		}, 1000);
	})),
	infinite: () => net.createServer(open, asked((socket) => {
		const block = Buffer.alloc(1 << 20, "x");
		const more = () => {
			while (!socket.destroyed && socket.write(block)) { /* until it is full */ }
		};
		socket.on("drain", more);
		socket.write("HTTP/1.1 200 OK\r\n\r\n");
		more();
	})),
	garbage: () => net.createServer(asked((socket) => socket.end("220 mail.example ESMTP\r\n"))),
	// A chunked reply, cut after ARGUMENT bytes whether half-closed or not …
	chunked: () => net.createServer(open, asked((socket) =>
		socket.end(chunked.slice(0, argument ? Number(argument) : undefined)))),
	// … or only when the EOF was seen.
	"chunked-at-eof": () => net.createServer(open, askedOrEof((socket, eof) =>
		socket.end(eof ? chunked.slice(0, Number(argument)) : chunked))),
	// 100 first, the reply later.
	continue: () => net.createServer(open, asked((socket) => {
		socket.write("HTTP/1.1 100 Continue\r\n\r\n");
		setTimeout(() => socket.end(whole), 150);
	})),
	// Answers an EOF, and nothing else.
	"at-eof": () => net.createServer(open, (socket) => {
		let length = 0;
		socket.on("error", () => {});
		socket.on("data", (data) => { length += data.length; });
		socket.on("end", () => socket.end(`${length} bytes\n`));
	}),
	// Speaks first.
	banner: () => net.createServer(open, (socket) => {
		socket.on("error", () => {});
		socket.write("220 mail.example ESMTP\r\n");
		socket.once("data", () => setTimeout(() => socket.end("221 bye\r\n"), 50));
	}),
	// Replies whose size is never the same.
	varies: () => {
		let count = 0;
		return net.createServer(open, asked((socket) =>
			socket.end("x".repeat(100 + 10 * (count++ % 3)) + "\n")));
	},
	// Refuses with a status of its own.
	status: () => net.createServer(open, asked((socket) =>
		socket.end(header(argument, body.length) + body))),
};

const mode = modes[process.argv[2]];
if (mode === undefined) {
	console.error(`usage: services.js ${Object.keys(modes).join("|")} [argument]`);
	process.exit(2);
}
const server = mode();
server.listen(0, "127.0.0.1", () => {
	console.log(`listening on 127.0.0.1:${server.address().port}`);
});
