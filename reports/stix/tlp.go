package stix

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// tlpExtension is how the label stands in a TLP 2.0 marking.
const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

// tlpIDs are the fixed ids of the TLP 2.0 markings.
var tlpIDs = map[advisory.TLP]string{
	advisory.Clear:       "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	advisory.Green:       "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	advisory.Amber:       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	advisory.AmberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	advisory.Red:         "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// oldTLP are the markings of TLP 1, which we read and never write.
var oldTLP = map[string]advisory.TLP{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": advisory.Clear,
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": advisory.Green,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": advisory.Amber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": advisory.Red,
}

func markingOf(label advisory.TLP) *marking {
	return &marking{
		common: common{
			Type: "marking-definition", SpecVersion: "2.1", ID: tlpIDs[label],
			Created: instantOf(time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC)),
		},
		Name:       label.String(),
		Extensions: map[string]map[string]string{tlpExtension: {"extension_type": "property-extension", "tlp_2_0": string(label)}},
	}
}

// labelByID reads a marking by its fixed id.
func labelByID(id string) (advisory.TLP, bool) {
	for label, known := range tlpIDs {
		if id == known {
			return label, true
		}
	}
	label, ok := oldTLP[id]
	return label, ok
}

// labelOf reads a marking that has an id of its sender's own making.
func labelOf(o foreign) (advisory.TLP, bool) {
	var def struct {
		TLP string `json:"tlp"`
	}
	var ext map[string]struct {
		TLP string `json:"tlp_2_0"`
	}
	// What does not fit has no label there; the next place may.
	_ = json.Unmarshal(o.Definition, &def)
	_ = json.Unmarshal(o.Extensions, &ext)
	name, ok := strings.CutPrefix(strings.ToUpper(o.Name), "TLP:") // not any marking that is called "red"
	if !ok {
		name = ""
	}
	for _, s := range []string{ext[tlpExtension].TLP, def.TLP, name} {
		if label, err := advisory.ParseTLP(s); err == nil {
			return label, true
		}
	}
	return "", false
}

// stricter is the more closed of two labels; "" is none.
func stricter(a, b advisory.TLP) advisory.TLP {
	if slices.Index(advisory.TLPs(), b) > slices.Index(advisory.TLPs(), a) {
		return b
	}
	return a
}
