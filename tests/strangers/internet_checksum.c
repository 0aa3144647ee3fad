/* The Internet checksum of the bytes that are given in hexadecimal digits. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char* argv[]) {
    unsigned long sum = 0, digits = 0;
    for (int i = 1; i < argc; i++) {
        for (const char* at = argv[i]; *at; at++) {
            if (isspace((unsigned char)*at)) continue;
            if (!isxdigit((unsigned char)*at)) {
                fprintf(stderr, "not a hexadecimal digit: %c\n", *at);
                return 2;
            }
            char digit[] = {*at, 0};
            sum += strtoul(digit, NULL, 16) << (12 - 4 * (digits++ % 4));
        }
    }
    if (digits == 0 || digits % 2) {
        fprintf(stderr, "usage: internet_checksum HEX...\n");
        return 2;
    }
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    printf("%lu words, their sum 0x%04lx, its complement 0x%04lx\n", (digits + 3) / 4, sum, sum ^ 0xffff);
    if (sum == 0xffff) puts("if received: intact");
    else puts("if received: damaged; if not sent yet: the complement is the checksum");
    return 0;
}
