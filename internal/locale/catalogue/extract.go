// Package catalogue keeps the catalogues of translations in step with the
// program: it finds what operators read, and holds po/*.po to it.
package catalogue

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// A Text is one thing that is said.
type Text struct {
	One, Many string // Many is "" for what has no plural
	Where     string // the first place, without a line: lines move
}

// methods of a locale.Printer say texts, and so does locale.Key.
var methods = []string{"T", "Word", "N", "Key"}

// Find lists what the Go files and templates of the folders say, without those
// of their sub-folders. Folders are relative to root, with slashes.
func Find(root string, folders []string) ([]Text, error) {
	var f finder
	for _, dir := range folders {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil {
			return nil, fmt.Errorf("look for texts: %w", err)
		}
		for _, e := range entries {
			if err := f.file(os.DirFS(root), path.Join(dir, e.Name())); err != nil {
				return nil, err
			}
		}
	}
	return f.texts, nil
}

type finder struct {
	texts []Text
	where string
}

func (f *finder) file(root fs.FS, name string) error {
	f.where = name
	switch ext := path.Ext(name); {
	case ext == ".go" && !strings.HasSuffix(name, "_test.go"):
		return f.goFile(root, name)
	case ext == ".html" || ext == ".tmpl":
		return f.template(root, name)
	}
	return nil
}

// Add notes a text, once.
func (f *finder) add(one, many string) {
	i := slices.IndexFunc(f.texts, func(t Text) bool { return t.One == one })
	switch {
	case one == "":
	case i < 0:
		f.texts = append(f.texts, Text{one, many, f.where})
	case f.texts[i].Many == "":
		f.texts[i].Many = many
	}
}

func (f *finder) goFile(root fs.FS, name string) error {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return fmt.Errorf("look for texts: %w", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("look for texts: %w", err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := called(n)
			if slices.Contains(methods, name) && len(n.Args) > 0 {
				many := ""
				if name == "N" && len(n.Args) > 1 {
					many = literal(n.Args[1])
				}
				f.add(literal(n.Args[0]), many)
			}
		case *ast.CompositeLit: // the menu
			if t, ok := n.Type.(*ast.ArrayType); ok && strings.HasSuffix(fmt.Sprint(t.Elt), "NavItem}") {
				f.menu(n)
			}
		}
		return true
	})
	return nil
}

// called is the name of what a call calls.
func called(n *ast.CallExpr) string {
	switch fun := n.Fun.(type) {
	case *ast.SelectorExpr:
		return fun.Sel.Name
	case *ast.Ident:
		return fun.Name
	}
	return ""
}

func (f *finder) menu(list *ast.CompositeLit) {
	for _, e := range list.Elts {
		item, ok := e.(*ast.CompositeLit)
		if !ok {
			continue
		}
		for _, field := range item.Elts {
			if kv, ok := field.(*ast.KeyValueExpr); ok && slices.Contains([]string{"Text", "Group"}, fmt.Sprint(kv.Key)) {
				f.add(literal(kv.Value), "")
			}
		}
	}
}

// literal is the string that an expression is, or "".
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		left, right := literal(e.X), literal(e.Y)
		if left != "" && right != "" {
			return left + right
		}
	case *ast.ParenExpr:
		return literal(e.X)
	}
	return ""
}

func (f *finder) template(root fs.FS, name string) error {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return fmt.Errorf("look for texts: %w", err)
	}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(string(src), "", "", trees); err != nil {
		return fmt.Errorf("look for texts: %w", err)
	}
	for _, key := range sortedKeys(trees) {
		if t := trees[key]; t.Root != nil {
			f.node(t.Root)
		}
	}
	return nil
}

// node walks one node of a template.
func (f *finder) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				f.node(c)
			}
		}
	case *parse.ActionNode:
		f.node(n.Pipe)
	case *parse.IfNode:
		f.branch(n.BranchNode)
	case *parse.RangeNode:
		f.branch(n.BranchNode)
	case *parse.WithNode:
		f.branch(n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			f.node(n.Pipe)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			f.node(c)
		}
	case *parse.CommandNode:
		f.command(n)
	}
}

func (f *finder) branch(n parse.BranchNode) {
	f.node(n.Pipe)
	f.node(n.List)
	if n.ElseList != nil {
		f.node(n.ElseList)
	}
}

// command notes what {{$.T "…"}} says, and looks into its arguments.
func (f *finder) command(n *parse.CommandNode) {
	name := ""
	switch first := n.Args[0].(type) {
	case *parse.FieldNode:
		name = first.Ident[len(first.Ident)-1]
	case *parse.VariableNode:
		name = first.Ident[len(first.Ident)-1]
	case *parse.ChainNode:
		name = first.Field[len(first.Field)-1]
	}
	text := func(i int) string {
		if len(n.Args) > i {
			if s, ok := n.Args[i].(*parse.StringNode); ok {
				return s.Text
			}
		}
		return ""
	}
	switch name {
	case "T", "Word":
		f.add(text(1), "")
	case "N":
		f.add(text(1), text(2))
	}
	for _, a := range n.Args {
		f.node(a)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
