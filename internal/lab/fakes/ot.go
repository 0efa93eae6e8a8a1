package fakes

import (
	"encoding/binary"
	"io"
	"net"
)

// modbus is a controller that gives its name (function 43/14) and refuses
// everything else with exception 1, as a well-kept one does.
func modbus(conn net.Conn) {
	header := make([]byte, 7)
	for {
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
		size := int(binary.BigEndian.Uint16(header[4:]))
		if binary.BigEndian.Uint16(header[2:]) != 0 || size < 2 || size > 254 {
			return // not Modbus
		}
		pdu := make([]byte, size-1)
		if _, err := io.ReadFull(conn, pdu); err != nil {
			return
		}
		answer := modbusAnswer(pdu)
		reply := append(header[:4:4], 0, byte(len(answer)+1), header[6])
		if _, err := conn.Write(append(reply, answer...)); err != nil {
			return
		}
	}
}

func modbusAnswer(pdu []byte) []byte {
	if len(pdu) < 4 || pdu[0] != 0x2b || pdu[1] != 0x0e {
		return []byte{pdu[0] | 0x80, 1} // illegal function
	}
	objects := []string{"Schneider Electric", "BMX P34 2020", "v2.70"}
	answer := []byte{0x2b, 0x0e, pdu[2], 0x01, 0x00, 0x00, byte(len(objects))}
	for i, o := range objects {
		answer = append(answer, byte(i), byte(len(o)))
		answer = append(answer, o...)
	}
	return answer
}

// s7 answers the ISO-on-TCP connection request that many machines accept;
// only a real S7 controller goes on to set up a session and list its parts.
func s7(real bool) func(net.Conn) {
	return func(conn net.Conn) {
		for {
			packet, err := readTPKT(conn)
			if err != nil || len(packet) < 3 {
				return
			}
			var answer []byte
			switch {
			case packet[1] == 0xe0: // COTP connection request
				answer = cotpConfirm(packet)
			case real && packet[1] == 0xf0 && len(packet) >= 13 && packet[3] == 0x32:
				answer = s7Answer(packet[3:])
			}
			if answer == nil {
				return
			}
			if err := writeTPKT(conn, answer); err != nil {
				return
			}
		}
	}
}

func readTPKT(r io.Reader) ([]byte, error) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint16(header[2:]))
	if header[0] != 3 || size < 7 || size > 2048 {
		return nil, io.ErrUnexpectedEOF
	}
	packet := make([]byte, size-4)
	_, err := io.ReadFull(r, packet)
	return packet, err
}

func writeTPKT(w io.Writer, payload []byte) error {
	packet := binary.BigEndian.AppendUint16([]byte{3, 0}, uint16(len(payload)+4))
	_, err := w.Write(append(packet, payload...))
	return err
}

func cotpConfirm(request []byte) []byte {
	if len(request) < 7 {
		return nil
	}
	answer := append([]byte{request[0], 0xd0, request[4], request[5], 0x00, 0x01, 0x00}, request[7:]...)
	answer[0] = byte(len(answer) - 1)
	return answer
}

// s7Answer takes an S7 job or user-data message without its COTP header.
func s7Answer(m []byte) []byte {
	const cotp = "\x02\xf0\x80"
	reference := m[4:6]
	switch {
	case m[1] == 0x01 && len(m) >= 18 && m[10] == 0xf0: // setup communication
		head := []byte{0x32, 0x03, 0, 0, reference[0], reference[1], 0, 8, 0, 0, 0, 0}
		return append([]byte(cotp), append(head, 0xf0, 0, 0, 1, 0, 1, 0, 0xf0)...)
	case m[1] == 0x07 && len(m) >= 26: // read a system status list
		return append([]byte(cotp), szlAnswer(m)...)
	}
	return nil
}

// szlAnswer lists the module (SZL 0x0011) or the component (SZL 0x001c).
func szlAnswer(m []byte) []byte {
	id := binary.BigEndian.Uint16(m[len(m)-4:])
	var records []byte
	var each uint16
	switch id {
	case 0x0011:
		each = 28
		for i, text := range []string{"6ES7 315-2EH14-0AB0 ", "6ES7 315-2EH14-0AB0 ", "Boot Loader         "} {
			records = binary.BigEndian.AppendUint16(records, []uint16{1, 6, 7}[i])
			records = append(records, text...)
			records = append(records, 0, 0xc0, 'V', 3, 2, 6)
		}
	case 0x001c:
		each = 34
		for i, text := range []string{"SUBSTATION-7", "CPU 315-2 PN/DP", "BAY 2", "Original Siemens Equipment", "S C-X4U421302009"} {
			record := make([]byte, each)
			binary.BigEndian.PutUint16(record, []uint16{1, 2, 3, 4, 5}[i])
			copy(record[2:], text)
			records = append(records, record...)
		}
	default:
		return nil
	}
	szl := binary.BigEndian.AppendUint16(nil, id)
	szl = append(szl, m[len(m)-2:]...)
	szl = binary.BigEndian.AppendUint16(szl, each)
	szl = binary.BigEndian.AppendUint16(szl, uint16(len(records)/int(each)))
	szl = append(szl, records...)
	data := binary.BigEndian.AppendUint16([]byte{0xff, 0x09}, uint16(len(szl)))
	data = append(data, szl...)
	parameters := []byte{0, 1, 0x12, 8, 0x12, 0x84, 1, 1, 0, 0, 0, 0}
	head := []byte{0x32, 0x07, 0, 0, m[4], m[5]}
	head = binary.BigEndian.AppendUint16(head, uint16(len(parameters)))
	head = binary.BigEndian.AppendUint16(head, uint16(len(data)))
	return append(append(head, parameters...), data...)
}

// enip answers EtherNet/IP's ListIdentity; the look-alike speaks the same
// framing and knows no command.
func enip(real bool) func(net.Conn) {
	return func(conn net.Conn) {
		header := make([]byte, 24)
		for {
			if _, err := io.ReadFull(conn, header); err != nil {
				return
			}
			size := int64(binary.LittleEndian.Uint16(header[2:]))
			if _, err := io.CopyN(io.Discard, conn, size); err != nil {
				return
			}
			var body []byte
			if real && binary.LittleEndian.Uint16(header) == 0x63 {
				body = identity()
			} else {
				header[8] = 1 // invalid command
			}
			binary.LittleEndian.PutUint16(header[2:], uint16(len(body)))
			if _, err := conn.Write(append(header[:24:24], body...)); err != nil {
				return
			}
		}
	}
}

func identity() []byte {
	const name = "1769-L33ER/A LOGIX5333ER"
	le := binary.LittleEndian
	item := le.AppendUint16(nil, 1)                                                   // protocol version
	item = append(item, 0, 2, 0xaf, 0x12, 198, 51, 100, 66)                           // socket address, big endian
	item = append(item, make([]byte, 8)...)                                           //
	item = le.AppendUint16(item, 1)                                                   // vendor: Rockwell
	item = le.AppendUint16(item, 14)                                                  // programmable logic controller
	item = le.AppendUint16(item, 108)                                                 // product code
	item = append(item, 20, 14)                                                       // revision
	item = append(item, 0x60, 0x00)                                                   // status
	item = append(le.AppendUint32(item, 0x60545a2c), byte(len(name)))                 // serial number
	item = append(append(item, name...), 3)                                           // state: operational
	body := append([]byte{1, 0, 0x0c, 0}, le.AppendUint16(nil, uint16(len(item)))...) // one item, identity
	return append(body, item...)
}

// iec104 confirms the test and start frames of IEC 60870-5-104 and sends
// nothing of its own.
func iec104(conn net.Conn) {
	frame := make([]byte, 6)
	for {
		if _, err := io.ReadFull(conn, frame); err != nil || frame[0] != 0x68 || frame[1] != 4 {
			return
		}
		switch frame[2] {
		case 0x43, 0x07, 0x13: // TESTFR, STARTDT, STOPDT: act
			answer := []byte{0x68, 4, frame[2]&0xfc<<1 | 3, 0, 0, 0}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}
}
