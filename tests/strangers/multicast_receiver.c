/* Joins a group or several, and prints each datagram. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char* argv[]) {
    int sock = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9190)};
    char text[65536];
    if (argc > 1) address.sin_port = htons((unsigned short)atoi(argv[1]));
    if (argc < 4) address.sin_addr.s_addr = inet_addr(argc > 2 ? argv[2] : "239.1.1.1");
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(sock, (struct sockaddr*)&address, sizeof address)) {
        perror("bind");
        return 1;
    }
    for (int i = 2; i < argc || i == 2; i++) {
        struct ip_mreq join = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
        join.imr_multiaddr.s_addr = inet_addr(i < argc ? argv[i] : "239.1.1.1");
        if (setsockopt(sock, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join)) {
            perror("IP_ADD_MEMBERSHIP");
            return 1;
        }
    }
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t length = recvfrom(sock, text, sizeof text - 1, 0, (struct sockaddr*)&from, &size);
        if (length < 0) continue;
        text[length] = 0;
        printf("from %s:%d: %s\n", inet_ntoa(from.sin_addr), ntohs(from.sin_port), text);
        fflush(stdout);
    }
}
