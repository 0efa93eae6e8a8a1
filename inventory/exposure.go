package inventory

// ExposureChecks returns the checks that a port scan alone decides: services
// that should not face a network that others use (remote desktop, telnet,
// databases, management interfaces, OT protocols).
func ExposureChecks() []Check { return exposureChecks() }

// ExposureOf returns the check that an open service matches, if any. A service
// identified by name is judged by the name; only one without a name by its
// port.
func ExposureOf(s Service) (CheckID, bool) { return exposureOf(s) }
