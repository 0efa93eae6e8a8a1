package api

import (
	"cmp"
	"context"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func (s *server) registerHealth() {
	handle(s, "get-health", "GET /health", "Show how the installation does", s.getHealth)
	handle(s, "get-identity", "GET /identity", "Show who you are to the server", s.getIdentity)
}

func (s *server) getHealth(ctx context.Context, _ *struct{}) (*body[wire.Health], error) {
	h, err := s.Health(ctx)
	if err != nil {
		return nil, err
	}
	checks, err := s.Checks.Checks(ctx)
	if err != nil {
		return nil, err
	}
	order, err := s.Switch.Stop(ctx)
	if err != nil {
		return nil, err
	}
	h.Version, h.Time = s.Version, s.Now().UTC()
	h.Checks, h.Scanning = len(checks), scanning(order)
	h.Workers, h.Feeds, h.Disks = append([]wire.Worker{}, h.Workers...), append([]wire.Feed{}, h.Feeds...), append([]wire.Disk{}, h.Disks...)
	h.ConsoleURL, h.Mail.State = s.ConsoleURL, cmp.Or(s.Mail.State, "off")
	h.Parts = judge(h)
	return answer(h), nil
}

func (s *server) getIdentity(ctx context.Context, _ *struct{}) (*body[wire.Identity], error) {
	id, _ := auth.FromContext(ctx)
	return answer(wire.Identity{User: id.User, Role: string(id.Role), OrgID: string(id.Org)}), nil
}
