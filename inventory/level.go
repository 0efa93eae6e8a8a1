package inventory

import "strings"

// Level is how hard a scan may look; each includes the ones below.
type Level int

// Levels, as an authorisation names them.
const (
	LevelNothing   Level = 0
	LevelPassive   Level = 1 // no packet to the host
	LevelLight     Level = 2 // named ports, one connection at a time
	LevelStandard  Level = 3
	LevelIntensive Level = 4
)

// levelNames are the levels' names, at their index.
var levelNames = []string{"nothing", "passive", "light", "standard", "intensive"}

// ParseLevel accepts the name of a level that allows something, in any case.
func ParseLevel(s string) (Level, error) {
	for l, name := range levelNames {
		if Level(l) > LevelNothing && strings.EqualFold(strings.TrimSpace(s), name) {
			return Level(l), nil
		}
	}
	return LevelNothing, invalid("level", s, "unknown level", "use one of: "+strings.Join(levelNames[1:], ", "))
}

// String returns the level's name.
func (l Level) String() string {
	if l < LevelNothing || l > LevelIntensive {
		return "unknown"
	}
	return levelNames[l]
}
