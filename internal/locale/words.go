package locale

// What pages show of what the program keeps, states, kinds and the like, is
// said by Word, with spaces for underscores. The words stand here for the
// catalogues, which are made of every Key.
var _ = []string{
	// Scans, their parts and what began them.
	Key("queued"), Key("running"), Key("complete"), Key("partial"), Key("failed"), Key("cancelled"), Key("unreachable"), Key("blocked"),
	Key("paused"), Key("manual"), Key("schedule"), Key("adaptive"), Key("advisory"), Key("ot"), Key("light"), Key("standard"), Key("intensive"),
	// Findings and their lives.
	Key("open"), Key("fixed"), Key("back again"), Key("new"), Key("triaged"), Key("notified"), Key("acknowledged"), Key("in progress"),
	Key("none"), Key("false positive"), Key("accepted risk"), Key("compensating control"), Key("disputed"), Key("not mine (disputed)"),
	Key("opened"), Key("verified"), Key("negative"), Key("not tested"), Key("changed"), Key("work"), Key("waived"), Key("assigned"),
	Key("tagged"), Key("answered"), Key("decided"), Key("noticed"), Key("rescan"), Key("advised"), Key("undone"),
	Key("upheld"), Key("rejected"), Key("withdrawn"), Key("working"), Key("not mine"), Key("cannot reproduce"), Key("accept risk"),
	Key("critical"), Key("high"), Key("medium"), Key("low"), Key("info"), Key("act"), Key("attend"), Key("track*"), Key("track"),
	Key("The operator answered."), Key("show"), Key("hide"), Key("only"), Key("within a week"), Key("overdue"), Key("any"),
	Key("priority"), Key("severity"), Key("age"), Key("newest"), Key("due"), Key("last seen"), Key("waiver"),
	// The register.
	Key("energy"), Key("banking"), Key("telecom"), Key("transport"), Key("health"), Key("government"), Key("water"), Key("defence"),
	Key("industry"), Key("other"), Key("it"), Key("technical"), Key("distribution"), Key("emergency"), Key("management"),
	Key("draft"), Key("submitted"), Key("active"), Key("suspended"), Key("expired"), Key("revoked"), Key("letter"), Key("dns"), Key("mandate"),
	Key("anonymised"), Key("identified"), Key("error"), Key("same"), Key("duplicate"), Key("accepted"), Key("retired"), Key("stale"),
	Key("claimed"), Key("registered"), Key("registered it"), Key("edited it"), Key("moved it"), Key("took it out of use"), Key("changed what may be told of it"),
	Key("tagged it"), Key("took a tag away"), Key("changed how critical it is"), Key("changed its kind"), Key("changed how deep it is scanned"),
	Key("took a change back"), Key("registered it by a file"), Key("changed it by a file"),
	Key("Name"), Key("Function"), Key("Site"), Key("Who answers for it"), Key("Criticality"), Key("Kind"), Key("Scan it at most"), Key("Tags"),
	Key("Sharing"), Key("Organisation"), Key("passive"),
	Key("address"), Key("host"), Key("name"), Key("function"), Key("site"), Key("contact"), Key("criticality"), Key("kind"), Key("tags"),
	// Reports and mail.
	Key("making"), Key("checked"), Key("held"), Key("approved"), Key("sending"), Key("sent"), Key("bounced"),
	Key("confirmed"), Key("waiting"), Key("dropped"), Key("alive"), Key("silent"),
	Key("weekly"), Key("alert"), Key("digest"), Key("reminder"), Key("waiver ending"), Key("permission ending"), Key("unconfirmed"), Key("verify"),
}
