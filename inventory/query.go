package inventory

// A Page asks for part of a list. Cursor is the opaque text that the list
// returned with the page before, or "" for the first.
type Page struct {
	Cursor string
	Limit  int // 0 means 100; at most 500
}

// Each follows a list from its first page to its last and calls do for every
// item, until one of the two fails.
func Each[T any](list func(Page) (items []T, next string, err error), do func(T) error) error {
	for page := (Page{Limit: 500}); ; {
		items, next, err := list(page)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := do(item); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// Every returns all items of a list.
func Every[T any](list func(Page) (items []T, next string, err error)) ([]T, error) {
	var all []T
	err := Each(list, func(item T) error {
		all = append(all, item)
		return nil
	})
	return all, err
}

// An AssetFilter selects assets; zero fields select everything.
type AssetFilter struct {
	Org     OrganizationID
	Class   AssetClass
	Kind    AddressKind
	Tag     string
	Retired bool // retired ones instead of those in use
}
