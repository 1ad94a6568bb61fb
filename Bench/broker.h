// A connected MQTT 5 client, driven by its caller's own thread. One per program.
#ifndef BROKER_H
#define BROKER_H

#include <mosquitto.h>

// Ends the program with a reason when the broker doesn't accept within five seconds.
struct mosquitto *broker_connect(const char *host, int port, const char *client_prefix);

// QoS 1; returns once the broker has granted it.
void broker_subscribe(struct mosquitto *client, const char *topic);

void broker_close(struct mosquitto *client);

#endif
