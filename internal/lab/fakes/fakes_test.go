package fakes

import (
	"bytes"
	"encoding/hex"
	"net"
	"strings"
	"testing"
	"time"
)

// TestStreams asks each made-up protocol what a careful scanner asks, and
// looks for what tells the real thing from its look-alike.
func TestStreams(t *testing.T) {
	const (
		cotp      = "0300001611e00000000100c0010ac1020100c2020102"
		setup     = "0300001902f08032010000000000080000f0000001000101e0"
		modules   = "0300002102f080320700000000000800080001120411440100ff09000400110001"
		identity  = "630000000000000000000000000000000000000000000000"
		databases = "470000000100000000000000dd070000000000000032000000106c6973744461746162617365730001000000086e616d654f6e6c79000102246462000600000061646d696e0000"
	)
	for _, tt := range []struct {
		kind string
		ask  []string // hexadecimal, one after the other
		want string   // hexadecimal, somewhere in the answers; "" means silence after the last
	}{
		{"modbus", []string{"43490000 0005 ff2b0e0100"}, "43490000"},
		{"modbus", []string{"43490000 0006 01 0300000001"}, "018301"}, // refuses to read registers
		{"modbus", []string{"43490001 0006 01 0300000001"}, ""},       // not Modbus
		{"s7", []string{cotp, setup, modules}, hex.EncodeToString([]byte("6ES7 315-2EH14-0AB0"))},
		{"s7-not", []string{cotp}, "d0"},
		{"s7-not", []string{cotp, setup}, ""},
		{"enip", []string{identity}, hex.EncodeToString([]byte("1769-L33ER"))},
		{"enip-not", []string{identity}, "6300000000000000 01000000"},
		{"iec104", []string{"680443000000"}, "680483000000"},
		{"iec104", []string{"680407000000"}, "68040b000000"},
		{"vnc-open", []string{hex.EncodeToString([]byte("RFB 003.003\n"))}, "00000001"},
		{"vnc-open", []string{hex.EncodeToString([]byte("RFB 003.008\n")), "01"}, "0101 00000000"},
		{"vnc-secured", []string{hex.EncodeToString([]byte("RFB 003.003\n"))}, "00000002"},
		{"mongodb-open", []string{databases}, hex.EncodeToString([]byte("\x04databases\x00"))},
		{"mongodb-secured", []string{databases}, hex.EncodeToString([]byte("Unauthorized"))},
		{"zookeeper", []string{hex.EncodeToString([]byte("srvr"))}, hex.EncodeToString([]byte("Mode: standalone"))},
		{"tarpit", []string{"0d0a0d0a"}, ""},
	} {
		got := talk(t, kinds()[tt.kind].stream, tt.ask)
		want := unhex(t, tt.want)
		if tt.want == "" && len(got.last) != 0 {
			t.Errorf("%s answers %x to %q, want silence", tt.kind, got.last, tt.ask)
		}
		if !bytes.Contains(got.all, want) {
			t.Errorf("%s answers %x to %q, want %x in it", tt.kind, got.all, tt.ask, want)
		}
	}
}

type answers struct{ all, last []byte }

// talk holds one conversation over a pipe of the kernel's, in turns.
func talk(t *testing.T, handle func(net.Conn), ask []string) answers {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		handle(conn)
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var got answers
	got.all = hear(conn)
	for _, question := range ask {
		if _, err := conn.Write(unhex(t, question)); err != nil {
			t.Fatal(err)
		}
		got.last = hear(conn)
		got.all = append(got.all, got.last...)
	}
	conn.Close()
	<-done
	return got
}

// hear reads until nothing has come for a moment.
func hear(conn net.Conn) []byte {
	var all []byte
	buf := make([]byte, 4096)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			return all
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
