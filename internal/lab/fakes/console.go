package fakes

import (
	"bufio"
	"io"
	"net"
	"strings"
	"time"
)

// greeter says one line and hears the rest in silence.
func greeter(line string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, line); err == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	}
}

// vnc offers one security type: 1 is "none", 2 asks for a password.
func vnc(security byte) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, "RFB 003.008\n"); err != nil {
			return
		}
		version := make([]byte, 12)
		if _, err := io.ReadFull(conn, version); err != nil || !strings.HasPrefix(string(version), "RFB ") {
			return
		}
		if strings.HasPrefix(string(version), "RFB 003.003") { // that version is told, not asked
			_, _ = conn.Write([]byte{0, 0, 0, security})
		} else if _, err := conn.Write([]byte{1, security}); err != nil {
			return
		}
		choice := make([]byte, 1)
		if _, err := io.ReadFull(conn, choice); err != nil {
			return
		}
		if security == 1 {
			_, _ = conn.Write([]byte{0, 0, 0, 0}) // welcome; nothing follows
			return
		}
		_, _ = conn.Write([]byte("0123456789abcdef")) // the challenge
		_, _ = io.Copy(io.Discard, conn)
	}
}

const telnetPause = 300 * time.Millisecond

// telnet negotiates as a router does and asks for a name.
func telnet(conn net.Conn) {
	const negotiation = "\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27" // do: terminal type, speed, display, environment
	if _, err := io.WriteString(conn, negotiation); err != nil {
		return
	}
	time.Sleep(telnetPause) // the real one waits for the answers
	if _, err := io.WriteString(conn, "\r\nSUBSTATION-7 gateway\r\n\r\nlogin: "); err != nil {
		return
	}
	r := bufio.NewReader(io.LimitReader(conn, 4096))
	for _, prompt := range []string{"Password: ", "\r\nLogin incorrect\r\nlogin: ", "Password: "} {
		if _, err := r.ReadString('\n'); err != nil {
			return
		}
		if _, err := io.WriteString(conn, prompt); err != nil {
			return
		}
	}
}

// zookeeper answers the four-letter words that only read.
func zookeeper(conn net.Conn) {
	word := make([]byte, 4)
	if _, err := io.ReadFull(conn, word); err != nil {
		return
	}
	const version = "Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT\n"
	switch string(word) {
	case "ruok":
		_, _ = io.WriteString(conn, "imok")
	case "srvr", "stat":
		_, _ = io.WriteString(conn, version+"Latency min/avg/max: 0/0/13\nReceived: 311\nSent: 310\nConnections: 1\nOutstanding: 0\nZxid: 0x3b\nMode: standalone\nNode count: 12\n")
	case "envi":
		_, _ = io.WriteString(conn, "Environment:\nzookeeper.version=3.4.14\nhost.name=queue-1\njava.version=1.8.0_212\nos.name=Linux\nuser.name=zookeeper\n")
	}
}

// smtp takes no mail.
func smtp(conn net.Conn) {
	const host = "mail.meridian.example"
	dialogue(conn, "220 "+host+" ESMTP\r\n", func(verb string) string {
		switch verb {
		case "EHLO":
			return "250-" + host + "\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n"
		case "HELO":
			return "250 " + host + "\r\n"
		case "NOOP", "RSET":
			return "250 2.0.0 Ok\r\n"
		case "QUIT":
			return "221 2.0.0 Bye\r\n"
		case "MAIL", "RCPT", "DATA", "VRFY":
			return "554 5.7.1 Access denied\r\n"
		}
		return "502 5.5.2 Error: command not recognized\r\n"
	})
}

// ssh gives its name, as every server does, and goes no further.
func ssh(conn net.Conn) { greeter("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")(conn) }

// ftp is a file service with nothing on it, and nobody who may come in.
func ftp(banner string) func(net.Conn) {
	return func(conn net.Conn) {
		dialogue(conn, banner, func(verb string) string {
			switch verb {
			case "USER":
				return "331 Please specify the password.\r\n"
			case "PASS":
				return "530 Login incorrect.\r\n"
			case "SYST":
				return "215 UNIX Type: L8\r\n"
			case "QUIT":
				return "221 Goodbye.\r\n"
			}
			return "530 Please login with USER and PASS.\r\n"
		})
	}
}

// dialogue answers each line by its first word until the client leaves.
func dialogue(conn net.Conn, banner string, answer func(verb string) string) {
	if _, err := io.WriteString(conn, banner); err != nil {
		return
	}
	lines := bufio.NewScanner(io.LimitReader(conn, 64<<10))
	for lines.Scan() {
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(lines.Text())), " ")
		if _, err := io.WriteString(conn, answer(verb)); err != nil || verb == "QUIT" {
			return
		}
	}
}
