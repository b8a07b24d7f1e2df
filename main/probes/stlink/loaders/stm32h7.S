@ Programs Flash words of 256 bits into STM32H7 Flash (RM0433 4.3.9). The host has set PG in the bank's FLASH_CR.
@ in:  r0 source, r1 destination, r2 number of Flash words, r3 address of the bank's FLASH_SR
@ out: r0 error bits of FLASH_SR (0: all written), then a breakpoint
        .syntax unified
        .cpu cortex-m3
        .thumb
        .text
        movs    r6, #0
        movt    r6, #0x07ee             @ WRPERR, PGSERR, STRBERR, INCERR, OPERR, RDPERR, RDSERR, SNECCERR, DBECCERR
next:   cbz     r2, done
        movs    r5, #8
words:  ldr     r4, [r0], #4
        str     r4, [r1], #4
        subs    r5, #1
        bne     words
        dsb
busy:   ldr     r4, [r3]
        tst     r4, #7                  @ BSY, WBNE, QW
        bne     busy
        ands    r4, r4, r6
        bne     failed
        subs    r2, #1
        b       next
done:   movs    r4, #0
failed: mov     r0, r4
        bkpt    #0
