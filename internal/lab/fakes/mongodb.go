package fakes

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"net"
)

// Message kinds of MongoDB's wire protocol.
const (
	mongoReply = 1
	mongoQuery = 2004
	mongoMsg   = 2013
)

// mongodb answers the commands that a client may ask before it has shown who
// it is; an open one also lists its databases.
func mongodb(open bool) func(net.Conn) {
	return func(conn net.Conn) {
		header := make([]byte, 16)
		for {
			if _, err := io.ReadFull(conn, header); err != nil {
				return
			}
			size := int(int32(binary.LittleEndian.Uint32(header)))
			if size < 16 || size > 64<<10 {
				return // not MongoDB
			}
			body := make([]byte, size-16)
			if _, err := io.ReadFull(conn, body); err != nil {
				return
			}
			reply := mongoAnswer(header, mongoDocument(body, open))
			if reply == nil {
				return
			}
			if _, err := conn.Write(reply); err != nil {
				return
			}
		}
	}
}

// mongoAnswer frames a document as the kind of message that was asked with.
func mongoAnswer(request, document []byte) []byte {
	le := binary.LittleEndian
	var body []byte
	var op uint32
	switch le.Uint32(request[12:]) {
	case mongoQuery:
		op = mongoReply
		body = append(make([]byte, 16), 1, 0, 0, 0) // flags, cursor, start; one document
		body[0] = 8                                 // the server can wait for data
	case mongoMsg:
		op = mongoMsg
		body = make([]byte, 5) // flags, one section of kind 0
	default:
		return nil
	}
	body = append(body, document...)
	message := le.AppendUint32(nil, uint32(16+len(body)))
	message = le.AppendUint32(message, 1)
	message = append(message, request[4:8]...) // response to
	message = le.AppendUint32(message, op)
	return append(message, body...)
}

// mongoDocument finds the command by its name in the request, whatever the
// framing around it.
func mongoDocument(body []byte, open bool) []byte {
	asks := func(command string) bool {
		return bytes.Contains(bytes.ToLower(body), append(bytes.ToLower([]byte(command)), 0))
	}
	switch {
	case asks("isMaster") || asks("hello"):
		return bson(flag("ismaster", true), flag("isWritablePrimary", true), number("maxBsonObjectSize", 16777216),
			number("maxWireVersion", 9), number("minWireVersion", 0), flag("readOnly", false), number("ok", 1))
	case asks("buildInfo"):
		return bson(text("version", "4.4.29"), text("gitVersion", "f4dda329a99811c707eb06d05ad023599f9be263"),
			number("bits", 64), number("ok", 1))
	case !open:
		return bson(number("ok", 0), text("errmsg", "command requires authentication"),
			number("code", 13), text("codeName", "Unauthorized"))
	case asks("listDatabases"):
		list := nested(0x04, "databases",
			nested(0x03, "0", text("name", "admin"), number("sizeOnDisk", 40960), flag("empty", false)),
			nested(0x03, "1", text("name", "metering"), number("sizeOnDisk", 83886080), flag("empty", false)))
		return bson(list, number("totalSize", 83927040), number("ok", 1))
	case asks("serverStatus"):
		return bson(text("host", "metering-db"), text("version", "4.4.29"), text("process", "mongod"), number("ok", 1))
	}
	return bson(number("ok", 0), text("errmsg", "no such command"), number("code", 59), text("codeName", "CommandNotFound"))
}

// bson makes a document of elements.
func bson(elements ...[]byte) []byte {
	body := append(bytes.Join(elements, nil), 0)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

func nested(kind byte, name string, elements ...[]byte) []byte {
	return append(element(kind, name), bson(elements...)...)
}

func text(name, value string) []byte {
	e := binary.LittleEndian.AppendUint32(element(0x02, name), uint32(len(value)+1))
	return append(append(e, value...), 0)
}

func number(name string, value float64) []byte {
	return binary.LittleEndian.AppendUint64(element(0x01, name), math.Float64bits(value))
}

func flag(name string, value bool) []byte {
	if value {
		return append(element(0x08, name), 1)
	}
	return append(element(0x08, name), 0)
}

func element(kind byte, name string) []byte {
	return append(append([]byte{kind}, name...), 0)
}
