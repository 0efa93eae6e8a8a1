// Package nmap finds hosts, ports and services with nmap.
//
// A batch is looked at in stages, each one nmap process for each address
// family, and each fed by the one before:
//
//	discovery ──up──► TCP ports, UDP ports ──open──► versions and safe scripts
//
// What a stage brought stays, whatever becomes of the next: a stage that is
// interrupted, or times out on a host, covers nothing of what it was to cover.
// nmap gets addresses only, and only those of the batch's targets.
package nmap
