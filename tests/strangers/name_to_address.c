/* gethostbyname, as in the notes. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

int main(int argc, char* argv[]) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s NAME\n", argv[0]);
        return 1;
    }
    struct hostent* host = gethostbyname(argv[1]);
    if (!host) {
        herror(argv[1]);
        return 1;
    }
    printf("official name: %s\n", host->h_name);
    for (int i = 0; host->h_aliases[i]; i++) printf("alias: %s\n", host->h_aliases[i]);
    printf("address type: %s, %d bytes\n", host->h_addrtype == AF_INET ? "AF_INET" : "AF_INET6", host->h_length);
    for (int i = 0; host->h_addr_list[i]; i++) {
        char text[INET6_ADDRSTRLEN];
        printf("address: %s\n", inet_ntop(host->h_addrtype, host->h_addr_list[i], text, sizeof text));
    }
    return 0;
}
