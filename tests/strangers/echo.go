// A goroutine for each client.
package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer client.Close()
			buffer := make([]byte, 4096)
			if _, err := io.CopyBuffer(struct{ io.Writer }{client}, struct{ io.Reader }{client}, buffer); err != nil {
				log.Print(err)
			}
		}()
	}
}
