package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// MaxSocketPath is how long a socket's path may be, in bytes: what fits into
// sockaddr_un with its ending NUL.
const MaxSocketPath = 107

// UnixListener listens on a socket that only its owner can open (mode 0600,
// in a directory made 0700 when absent). A socket left by a dead server is
// replaced; one that answers is somebody's, and an error.
func UnixListener(path string) (net.Listener, error) {
	if len(path) > MaxSocketPath {
		return nil, fmt.Errorf("listen on %s: path of %d bytes is too long for a socket; at most %d", path, len(path), MaxSocketPath)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make directory of socket: %w", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	// Until here the umask decided; SO_PEERCRED guards that moment too.
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect socket: %w", err), ln.Close())
	}
	return ln, nil
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at socket: %w", err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("listen on %s: a file that is no socket is in the way", path)
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("listen on %s: another server is running there", path), conn.Close())
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove stale socket: %w", err)
	}
	return nil
}

// LocalPrefix begins the names of the machine's own users. No account and no
// token has a colon in its name.
const LocalPrefix = "local:"

// A peer is the process at the other end of a unix socket, as the kernel
// knew it when it connected.
type peer struct{ uid uint32 }

type peerKey struct{}

// ConnContext is an http.Server's ConnContext: it remembers who is at the
// other end of a unix socket. Other connections pass unchanged.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	unix, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return ctx
	}
	var cred *syscall.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil || credErr != nil {
		return ctx // nobody is known: Identify will refuse
	}
	return context.WithValue(ctx, peerKey{}, peer{uid: cred.Uid})
}

func peerOf(ctx context.Context) (peer, bool) {
	p, ok := ctx.Value(peerKey{}).(peer)
	return p, ok
}

// identity makes the server's own user, and root, the local administrator.
func (p peer) identity() (Identity, error) {
	if p.uid != 0 && int64(p.uid) != int64(os.Geteuid()) {
		return Identity{}, fmt.Errorf("%w: the socket belongs to another user; use a token", ErrUnauthenticated)
	}
	name := strconv.FormatUint(uint64(p.uid), 10)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return Identity{User: LocalPrefix + name, Role: Administrator}, nil
}
