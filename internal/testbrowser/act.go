package testbrowser

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Open goes to a path, or to a whole address.
func (b *Tab) Open(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	b.do("open "+path, chromedp.Navigate(path))
}

// Click clicks what the selector finds, and waits for the page it leads to, if
// that comes at once.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.Click(selector))
}

// Follow clicks what leads to another page, and waits until that is there.
func (b *Tab) Follow(selector string) {
	b.t.Helper()
	b.Eval("window.testbrowserBefore = true")
	b.Click(selector)
	b.Wait("!window.testbrowserBefore")
}

// Fill replaces what a field has, as by typing or pasting.
func (b *Tab) Fill(selector, text string) {
	b.t.Helper()
	b.WaitFor(selector)
	field := "document.querySelector(" + strconv.Quote(selector) + ")"
	for range 3 { // a page that moves the focus meanwhile has the text elsewhere
		b.Eval(field + ".value = ''; " + field + ".focus()")
		call(b, input.InsertText, input.InsertTextParams{Text: text})
		if b.Ask(field+`.value.replaceAll("\r\n", "\n")`) == text {
			return
		}
	}
	b.t.Errorf("%s at %s does not keep %q", selector, b.Address(), text)
}

// Choose chooses an option of a select by its value, or sets a date.
func (b *Tab) Choose(selector, value string) {
	b.t.Helper()
	b.WaitFor(selector)
	b.Eval("(e => { e.value = " + strconv.Quote(value) + "; for (const n of ['input', 'change']) e.dispatchEvent(new Event(n, {bubbles: true})); })(document.querySelector(" + strconv.Quote(selector) + "))")
}

// Upload gives files to a field.
func (b *Tab) Upload(selector string, files ...string) {
	b.t.Helper()
	b.do("upload to "+selector, chromedp.SetUploadFiles(selector, files))
}

// named are keys that write nothing.
var named = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "Space": " ", "Backspace": kb.Backspace,
}

// Press presses keys one after the other: "j", "X", "?", "Enter", "Shift+Tab".
func (b *Tab) Press(keys ...string) {
	b.t.Helper()
	at := input.TimeSinceEpoch(float64(time.Now().UnixMilli()) / 1000) // of all: a busy machine makes no pauses between them
	for _, key := range keys {
		var held int64
		for prefix, modifier := range map[string]chromedp.Modifier{"Shift+": chromedp.ModifierShift, "Ctrl+": chromedp.ModifierCtrl} {
			if rest, ok := strings.CutPrefix(key, prefix); ok {
				key, held = rest, held|int64(modifier)
			}
		}
		if k, ok := named[key]; ok {
			key = k
		}
		for _, r := range key {
			b.strike(r, held, at)
		}
	}
}

// strike presses a key and lets it go. A page that takes the key for itself
// keeps it from being typed, as with a keyboard.
func (b *Tab) strike(r rune, held int64, at input.TimeSinceEpoch) {
	b.t.Helper()
	text := ""
	for _, event := range kb.Encode(r) {
		if event.Type == kb.KeyChar {
			text = event.Text
		}
	}
	for _, event := range kb.Encode(r) {
		event.Modifiers |= held
		event.Timestamp = at
		switch {
		case event.Type == kb.KeyChar:
			continue
		case event.Type != kb.KeyUp && text != "" && held == 0:
			event.Type, event.Text = input.DispatchKeyEventTypeKeyDown, text
		}
		call(b, input.DispatchKeyEvent, *event)
	}
}

// Text is what is to be read at the selector.
func (b *Tab) Text(selector string) string {
	b.t.Helper()
	return ask(b, "read "+selector, chromedp.Text(selector, chromedp.NodeReady))
}

// Value is what a field has.
func (b *Tab) Value(selector string) string {
	b.t.Helper()
	return ask(b, "read "+selector, chromedp.Value(selector))
}

// Count is how many the selector finds now.
func (b *Tab) Count(selector string) int {
	b.t.Helper()
	return ask(b, "count "+selector, chromedp.Evaluate[int]("document.querySelectorAll("+strconv.Quote(selector)+").length"))
}

// Eval runs a script in the page, for its effect.
func (b *Tab) Eval(script string) {
	b.t.Helper()
	ask(b, "run "+script, chromedp.Evaluate[bool]("(() => { "+script+"; return true })()"))
}

// Ask is what a script's expression, which may be a promise, comes to, as
// text.
func (b *Tab) Ask(expression string) string {
	b.t.Helper()
	return ask(b, "ask "+expression, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
}

// Wait waits until a page is there, with its scripts, on which a script's
// expression is true.
func (b *Tab) Wait(expression string) {
	b.t.Helper()
	b.WaitWithin(patience, expression)
}

// WaitWithin is Wait for what may take its own time.
func (b *Tab) WaitWithin(limit time.Duration, expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("document.readyState === 'complete' && Boolean("+expression+")"))
		if ok {
			return
		}
		if ctx.Err() != nil {
			b.end("wait for "+expression, cmp.Or(err, ctx.Err()))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// WaitFor waits until the selector finds something to be seen.
func (b *Tab) WaitFor(selector string) {
	b.t.Helper()
	b.Wait("document.querySelector(" + strconv.Quote(selector) + ")?.checkVisibility({visibilityProperty: true})")
}

// WaitText waits until the text is at the selector.
func (b *Tab) WaitText(selector, text string) {
	b.t.Helper()
	b.Wait("(document.querySelector(" + strconv.Quote(selector) + ")?.textContent ?? '').includes(" + strconv.Quote(text) + ")")
}

// Address is where the browser is, without the server.
func (b *Tab) Address() string {
	b.t.Helper()
	return strings.TrimPrefix(ask(b, "read the address", chromedp.Location()), b.base)
}

// Focused is what the person would type into or press: its id, or its text.
func (b *Tab) Focused() string {
	b.t.Helper()
	return b.Ask("document.activeElement.id || document.activeElement.textContent.trim()")
}

// NoScripts switches scripts of pages off.
func (b *Tab) NoScripts() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Passkey plugs in an authenticator that knows its owner and needs no touch.
// Passkeys need a name: give New http://localhost:PORT.
func (b *Tab) Passkey() {
	b.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
}
