/* A calculator server in the style of the notes, with a buffer for a whole request. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int readn(int fd, void* into, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t now = read(fd, (char*)into + done, count - done);
        if (now <= 0) return 0;
        done += (size_t)now;
    }
    return 1;
}

static void serve(int client) {
    unsigned char count;
    int32_t operands[255];
    char operation;
    while (readn(client, &count, 1) && readn(client, operands, count * 4u) && readn(client, &operation, 1)) {
        unsigned char reply[5] = {0};
        int64_t result = count ? (int32_t)ntohl((uint32_t)operands[0]) : 0;
        if (!count) reply[0] = 1;
        else if (!operation || !strchr("+-*", operation)) reply[0] = 2;
        for (int i = 1; i < count && !reply[0]; i++) {
            int64_t next = (int32_t)ntohl((uint32_t)operands[i]);
            result = operation == '+' ? result + next : operation == '-' ? result - next : result * next;
            if (result != (int32_t)result) reply[0] = 3;
        }
        uint32_t sent = htonl(reply[0] ? 0 : (uint32_t)result);
        memcpy(reply + 1, &sent, 4);
        if (write(client, reply, 5) != 5) return;
    }
}

int main(int argc, char* argv[]) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (argc > 1) address.sin_port = htons((uint16_t)atoi(argv[1]));
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) || listen(listener, 10)) return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        serve(client);
        close(client);
    }
}
