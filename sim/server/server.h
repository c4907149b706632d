/* SPDX-License-Identifier: MIT */
/*
 * The simulated card as a vfio-user device (sim/vfio_user.h): what a client asks for, done on the card. One server is
 * one card; it serves one client after the other, each of which finds the card as a reset leaves it. To the card the
 * server is what a host kernel's VFIO driver is: it owns BAR addresses and the MSI-X table, and lets through the rest.
 */
#ifndef HVB_SERVER_H
#define HVB_SERVER_H
#include "sim/card.h"

/* What is told on standard error: nothing, what a client did wrong, who comes and goes, every message. */
enum hvb_server_log { HVB_SERVER_NONE, HVB_SERVER_ERROR, HVB_SERVER_INFO, HVB_SERVER_TRACE };

struct hvb_server;

/* Makes a card and its server. What hvb_card_open() (sim/card.h) returns, with why. */
int hvb_server_new(const struct hvb_sim_options *options, enum hvb_server_log log, struct hvb_server **server,
		   char why[HVB_CARD_WHY]);
/* server may be NULL. -EIO: a file the card wrote is not complete. */
int hvb_server_free(struct hvb_server *server);
/* Serves the client on a connected stream socket (which stays the caller's) until it leaves. On return nothing of it
 * is left: no mapping, descriptor or interrupt. 0; -EPROTO it was sent away for what it did; another error of the
 * socket. */
int hvb_server_serve(struct hvb_server *server, int socket);
/* Asks the client in service to give the card back (its REQ interrupt). Any thread. */
void hvb_server_request(struct hvb_server *server);
#endif
