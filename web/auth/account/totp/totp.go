// Package totp makes and matches one-time codes of RFC 6238, as the
// authenticator programs on phones have them: six digits, thirty seconds,
// SHA-1.
package totp

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	period = 30 // seconds
	// drift is by how many steps the phone's clock may be off.
	drift = 1

	qrSize   = 240 // pixels
	qrMargin = 16
)

// A Key is what a phone is told once.
type Key struct {
	Secret string // base32; to type where there is no camera
	URI    string // otpauth://…, for the QR code
}

// New makes a key of 160 random bits for the account of that name.
func New(issuer, name string) (Key, error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: issuer, AccountName: name, Period: period, SecretSize: 20, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Key{}, fmt.Errorf("make key for one-time codes: %w", err)
	}
	return Key{Secret: key.Secret(), URI: key.URL()}, nil
}

// Show returns what a phone is told by a key's URI: the secret, and a QR code
// of the URI as PNG, with the white margin that cameras need.
func Show(uri string) (secret string, qr []byte, err error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return "", nil, fmt.Errorf("read key of one-time codes: %w", err)
	}
	code, err := key.Image(qrSize, qrSize)
	if err != nil {
		return "", nil, fmt.Errorf("draw key of one-time codes: %w", err)
	}
	framed := image.NewGray(image.Rect(0, 0, qrSize+2*qrMargin, qrSize+2*qrMargin))
	draw.Draw(framed, framed.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(framed, image.Rect(qrMargin, qrMargin, qrMargin+qrSize, qrMargin+qrSize), code, code.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, framed); err != nil {
		return "", nil, fmt.Errorf("draw key of one-time codes: %w", err)
	}
	return key.Secret(), b.Bytes(), nil
}

// Match returns the step to which a typed code belongs. It must be later than
// used, the last step that was taken, and at most one away from the present.
// A code of a step that was used is fresh=false with its step, so that the log
// can tell a replay from a mistake; a code of no step is 0. With secret "" no
// code matches, in the same time.
func Match(secret, typed string, at time.Time, used int64) (step int64, fresh bool) {
	code := strings.ReplaceAll(strings.TrimSpace(typed), " ", "")
	known := secret != ""
	if !known {
		secret = strings.Repeat("A", 32)
	}
	now := at.Unix() / period
	for s := now - drift; s <= now+drift; s++ { // all of them: no early end tells which
		if s <= 0 {
			continue
		}
		ok, err := hotp.ValidateCustom(code, uint64(s), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil || !ok || !known { // an error is a code of another form
			continue
		}
		if step == 0 || s > used && !fresh {
			step, fresh = s, s > used
		}
	}
	return step, fresh
}
