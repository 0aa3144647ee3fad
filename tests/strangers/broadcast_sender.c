/* Sends each line of its input to all hosts of a network. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char* argv[]) {
    int sock = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET};
    char line[1500];
    to.sin_addr.s_addr = inet_addr(argc > 1 ? argv[1] : "127.255.255.255");
    to.sin_port = htons((unsigned short)(argc > 2 ? atoi(argv[2]) : 9190));
    if (argc < 4) setsockopt(sock, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    while (fgets(line, sizeof line, stdin)) {
        if (sendto(sock, line, strcspn(line, "\n"), 0, (struct sockaddr*)&to, sizeof to) < 0) {
            perror("sendto");
            return 1;
        }
    }
    return 0;
}
