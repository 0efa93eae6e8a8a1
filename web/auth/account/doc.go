// Package account says what a local account is and how its holder signs in.
// It is pure: it decides, and the store keeps. What it decides by costly or
// foreign means is in its two sub-packages: password (argon2id) and totp.
//
//	invitation ──► accept: password, one-time codes, recovery codes ──► account
//	name ──BeginSignIn──► attempt ──► password ──► code ──FinishSignIn──► session
//	passkey that verified its holder ──────────────────► FinishSignIn──► session
//	OpenID provider ──► groups ──► role ───────────────► SignInForeign─► session
//
// An attempt counts as failed from its beginning and is forgiven at its end,
// so that many at once are no way round the throttle. Nobody signs in with a
// password alone: a Proof names the one-time code, the recovery code or the
// passkey, and the store takes each answer once.
//
// Secrets of sessions, links and recovery codes are random and long; only
// their SHA-256 is kept.
package account
