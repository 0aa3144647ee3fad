/* The name of this machine, the addresses of that name, and those of the interfaces. */
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    char name[256], text[NI_MAXHOST];
    if (gethostname(name, sizeof name)) {
        perror("gethostname");
        return 1;
    }
    printf("host name: %s\n", name);
    if (gethostname(text, 1)) printf("into one byte: gethostname: %s\n", strerror(errno));

    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int error = getaddrinfo(name, NULL, &hints, &list);
    if (error) {
        printf("%s has no address: %s\n", name, gai_strerror(error));
    } else {
        for (struct addrinfo* at = list; at; at = at->ai_next) {
            getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
            printf("%s has the address %s\n", name, text);
        }
        freeaddrinfo(list);
    }

    struct ifaddrs* interfaces;
    if (getifaddrs(&interfaces)) {
        perror("getifaddrs");
        return 1;
    }
    for (struct ifaddrs* at = interfaces; at; at = at->ifa_next) {
        if (!at->ifa_addr) continue;
        int family = at->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        socklen_t size = family == AF_INET ? 16 : 28; /* sockaddr_in, sockaddr_in6 */
        getnameinfo(at->ifa_addr, size, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        printf("%s has the address %s\n", at->ifa_name, text);
    }
    freeifaddrs(interfaces);
    return 0;
}
