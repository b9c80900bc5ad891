// SPDX-License-Identifier: MIT
//
// relay LISTEN UPSTREAM [closewrite]: one goroutine per direction. The naive relay
// closes both connections when the first io.Copy returns; with `closewrite` each
// direction passes its FIN on.

package main

import (
	"io"
	"log"
	"net"
	"os"
)

func naive(client, server *net.TCPConn) {
	done := make(chan struct{}, 2)
	pass := func(to, from *net.TCPConn) {
		io.Copy(to, from)
		done <- struct{}{}
	}
	go pass(server, client)
	go pass(client, server)
	<-done
}

func right(client, server *net.TCPConn) {
	done := make(chan struct{}, 2)
	pass := func(to, from *net.TCPConn) {
		io.Copy(to, from)
		to.CloseWrite()
		done <- struct{}{}
	}
	go pass(server, client)
	go pass(client, server)
	<-done
	<-done
}

func main() {
	relay := naive
	if len(os.Args) > 3 && os.Args[3] == "closewrite" {
		relay = right
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("tcp", os.Args[2])
			if err != nil {
				return
			}
			defer server.Close()
			relay(client.(*net.TCPConn), server.(*net.TCPConn))
		}()
	}
}
