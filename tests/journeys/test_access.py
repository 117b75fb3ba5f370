"""The access matrix: every operation, every kind of caller, on things of theirs, of others and of none.

A number is the exact status of a cell. An operation that is not in the table fails the build, and so
does a refusal that leaves a trace, or one that tells another's row from a missing one where no
published page says so.
"""

from __future__ import annotations

import msgspec
import pytest

from huggg.server.routes import ROUTES
from tests.support.cast import CALLERS, REQUESTS, Cast, gather_cast
from tests.support.openapi import described
from tests.support.silence import nothing_moves
from tests.support.world import World

TABLE = """
operation               target             nobody client alone participant admin viewer subteam till bath kettle operator key

logIn                   -                     200    200   200         200   200    200     200  200  200    200      200 200
receiveStripeEvent      -                     422    422   422         422   422    422     422  422  422    422      422 422
receiveBounce           -                     200    200   200         200   200    200     200  200  200    200      200 200
receiveSmsReport        -                     403    403   403         403   403    403     403  403  403    403      403 403
showUnsubscribe         -                     404    404   404         404   404    404     404  404  404    404      404 404
unsubscribe             -                     404    404   404         404   404    404     404  404  404    404      404 404
showOutbox              -                     404    404   404         404   404    404     404  404  404    404      404 404
showOutboxMessage       -                     404    404   404         404   404    404     404  404  404    404      404 404
revokeToken             -                     200    200   200         200   200    200     200  200  200    200      200 200
showOAuthMetadata       -                     200    200   200         200   200    200     200  200  200    200      200 200
showLiveness            -                     200    200   200         200   200    200     200  200  200    200      200 200
showReadiness           -                     200    200   200         200   200    200     200  200  200    200      200 200
showMetrics             -                     200    200   200         200   200    200     200  200  200    200      200 200
showOpenApi             -                     200    200   200         200   200    200     200  200  200    200      200 200
showReference           -                     200    200   200         200   200    200     200  200  200    200      200 200
showFront               -                     200    200   200         200   200    200     200  200  200    200      200 200
showGift                there                 200    200   200         200   200    200     200  200  200    200      200 200
showGift                missing               404    404   404         404   404    404     404  404  404    404      404 404
listGiftPlaces          there                 200    200   200         200   200    200     200  200  200    200      200 200
listGiftPlaces          missing               404    404   404         404   404    404     404  404  404    404      404 404
showGiftCode            there                 403    403   403         403   403    403     403  403  403    403      403 403
showGiftCode            missing               403    403   403         403   403    403     403  403  403    403      403 403
redeemGift              there                 403    403   403         403   403    403     403  403  403    403      403 403
redeemGift              missing               403    403   403         403   403    403     403  403  403    403      403 403
pickGift                there                 403    403   403         403   403    403     403  403  403    403      403 403
pickGift                missing               403    403   403         403   403    403     403  403  403    403      403 403
mailAdmission           there                 403    403   403         403   403    403     403  403  403    403      403 403
mailAdmission           missing               403    403   403         403   403    403     403  403  403    403      403 403
showAdmission           there                 404    404   404         404   404    404     404  404  404    404      404 404
showAdmission           missing               404    404   404         404   404    404     404  404  404    404      404 404
admitBrowser            there                 403    403   403         403   403    403     403  403  403    403      403 403
admitBrowser            missing               403    403   403         403   403    403     403  403  403    403      403 403
claimGift               there                 403    403   403         403   403    403     403  403  403    403      403 403
claimGift               missing               403    403   403         403   403    403     403  403  403    403      403 403
viewGift                there                 403    403   403         403   403    403     403  403  403    403      403 403
viewGift                missing               403    403   403         403   403    403     403  403  403    403      403 403
thankSender             there                 403    403   403         403   403    403     403  403  403    403      403 403
thankSender             missing               403    403   403         403   403    403     403  403  403    403      403 403
watchGift               -                     404    404   404         404   404    404     404  404  404    404      404 404
savePass                -                     404    404   404         404   404    404     404  404  404    404      404 404
registerPassDevice      -                     404    404   404         404   404    404     404  404  404    404      404 404
unregisterPassDevice    -                     404    404   404         404   404    404     404  404  404    404      404 404
listChangedPasses       -                     404    404   404         404   404    404     404  404  404    404      404 404
showLatestPass          -                     404    404   404         404   404    404     404  404  404    404      404 404
logPassErrors           -                     404    404   404         404   404    404     404  404  404    404      404 404
showPicture             -                     404    404   404         404   404    404     404  404  404    404      404 404
showGroup               there                 200    200   200         200   200    200     200  200  200    200      200 200
showGroup               missing               404    404   404         404   404    404     404  404  404    404      404 404
listGroupPlaces         there                 200    200   200         200   200    200     200  200  200    200      200 200
listGroupPlaces         missing               404    404   404         404   404    404     404  404  404    404      404 404
askForGift              there                 403    403   403         403   403    403     403  403  403    403      403 403
askForGift              missing               403    403   403         403   403    403     403  403  403    403      403 403
showGiftAsked           there                 200    200   200         200   200    200     200  200  200    200      200 200
showGiftAsked           missing               404    404   404         404   404    404     404  404  404    404      404 404
showConfirmation        there                 404    404   404         404   404    404     404  404  404    404      404 404
showConfirmation        missing               404    404   404         404   404    404     404  404  404    404      404 404
joinGroup               there                 403    403   403         403   403    403     403  403  403    403      403 403
joinGroup               missing               403    403   403         403   403    403     403  403  403    403      403 403
showAsset               -                     200    200   200         200   200    200     200  200  200    200      200 200

showTill                -                     200    200   200         200   200    200     200  200  200    200      200 200
showTillManifest        -                     200    200   200         200   200    200     200  200  200    200      200 200
signInAtTill            -                     403    403   403         403   403    403     403  403  403    403      403 403
signInByPin             -                     403    403   403         403   403    403     403  403  403    403      403 403
showPairing             -                     200    200   200         200   200    200     200  200  200    200      200 200
pairDevice              -                     403    403   403         403   403    403     403  403  403    403      403 403
showTillDevices         -                     303    303   303         303   303    303     303  303  303    303      303 303
inviteTillDevice        -                     403    403   403         403   403    403     403  403  403    403      403 403
revokeTillDevice        -                     403    403   403         403   403    403     403  403  403    403      403 403
showTillStaff           -                     303    303   303         303   303    303     303  303  303    303      303 303
hireTillStaff           -                     403    403   403         403   403    403     403  403  403    403      403 403
setTillPin              -                     403    403   403         403   403    403     403  403  403    403      403 403
setTillRole             -                     403    403   403         403   403    403     403  403  403    403      403 403
setTillStaffActive      -                     403    403   403         403   403    403     403  403  403    403      403 403
signOutAtTill           -                     403    403   403         403   403    403     403  403  403    403      403 403
scanAtTill              -                     403    403   403         403   403    403     403  403  403    403      403 403
showTillKit             -                     401    401   401         401   401    401     401  401  401    401      401 401
takeInTillScan          -                     403    403   403         403   403    403     403  403  403    403      403 403
showTillConflicts       -                     303    303   303         303   303    303     303  303  303    303      303 303
settleTillConflict      -                     403    403   403         403   403    403     403  403  403    403      403 403
undoAtTill              -                     403    403   403         403   403    403     403  403  403    403      403 403
readTillFrame           -                     403    403   403         403   403    403     403  403  403    403      403 403
showTillDay             -                     303    303   303         303   303    303     303  303  303    303      303 303
downloadTillDay         -                     303    303   303         303   303    303     303  303  303    303      303 303
printTillDay            -                     303    303   303         303   303    303     303  303  303    303      303 303
showTillReceipt         -                     303    303   303         303   303    303     303  303  303    303      303 303
showTillStatement       -                     303    303   303         303   303    303     303  303  303    303      303 303
downloadTillStatement   -                     303    303   303         303   303    303     303  303  303    303      303 303
downloadTillRedemptions -                     303    303   303         303   303    303     303  303  303    303      303 303
listRedemptions         -                     401    403   403         403   403    403     403  200  200    200      403 403

showMe                  -                     401    403   200         200   200    200     200  200  200    200      200 200
showTeam                own                   401    403   404         200   200    200     200  404  404    404      404 200
showTeam                subteam's             401    403   404         404   200    200     200  404  404    404      404 404
showTeam                another's             401    403   404         404   404    404     404  404  404    404      404 404
showTeam                missing               401    403   404         404   404    404     404  404  404    404      404 404
listWallets             own                   401    403   404         200   200    200     200  404  404    404      404 200
listWallets             subteam's             401    403   404         404   200    200     200  404  404    404      404 404
listWallets             another's             401    403   404         404   404    404     404  404  404    404      404 404
listWallets             missing               401    403   404         404   404    404     404  404  404    404      404 404

listSigningKeys         -                     200    200   200         200   200    200     200  200  200    200      200 200
listBrands              -                     401    200   200         200   200    200     200  200  200    200      200 200
showBrand               there                 401    200   200         200   200    200     200  200  200    200      200 200
showBrand               missing               401    404   404         404   404    404     404  404  404    404      404 404
listProducts            -                     401    200   200         200   200    200     200  200  200    200      200 200
showProduct             there                 401    200   200         200   200    200     200  200  200    200      200 200
showProduct             missing               401    404   404         404   404    404     404  404  404    404      404 404
listStores              -                     401    200   200         200   200    200     200  200  200    200      200 200
showTiles               -                     401    200   200         200   200    200     200  200  200    200      200 200

createTransaction       own                   401    403   403         201   201    201     201  403  403    403      403 201
createTransaction       another's             401    403   403         403   403    403     403  403  403    403      403 403
createTransaction       missing               401    403   403         403   403    403     403  403  403    403      403 403
listCards               -                     401    403   200         200   200    200     200  200  200    200      200 200
sendHug                 another's             401    403   403         403   403    403     403  403  403    403      403 403
sendHug                 missing               401    403   403         403   403    403     403  403  403    403      403 403
listTransactions        -                     401    403   200         200   200    200     200  200  200    200      200 200
showTransaction         own                   401    403   404         200   200    200     200  404  404    404      404 200
showTransaction         mate's                401    403   404         404   200    200     404  404  404    404      404 404
showTransaction         subteam's             401    403   404         404   200    200     200  404  404    404      404 404
showTransaction         another's             401    403   404         404   404    404     404  404  404    404      404 404
showTransaction         missing               401    403   404         404   404    404     404  404  404    404      404 404
listTransactionHugggs   own                   401    403   404         200   200    200     200  404  404    404      404 200
listTransactionHugggs   mate's                401    403   404         404   200    200     404  404  404    404      404 404
listTransactionHugggs   subteam's             401    403   404         404   200    200     200  404  404    404      404 404
listTransactionHugggs   another's             401    403   404         404   404    404     404  404  404    404      404 404
listTransactionHugggs   missing               401    403   404         404   404    404     404  404  404    404      404 404

listSentHugggs          -                     401    403   200         200   200    200     200  200  200    200      200 200
listReceivedHugggs      -                     401    403   200         200   200    200     200  200  200    200      200 200
searchHugggs            -                     401    403   200         200   200    200     200  200  200    200      200 200
showHuggg               own                   401    403   200         200   200    200     200  200  200    200      200 200
showHugggWhole          own                   401    403   200         200   200    200     200  200  200    200      200 200
showHuggg               sent                  401    403   404         200   200    200     200  404  404    404      404 200
showHugggWhole          sent                  401    403   404         200   200    200     200  404  404    404      404 200
showHuggg               mate's                401    403   404         404   200    200     404  404  404    404      404 404
showHugggWhole          mate's                401    403   404         404   200    200     404  404  404    404      404 404
showHuggg               subteam's             401    403   404         404   200    200     200  404  404    404      404 404
showHugggWhole          subteam's             401    403   404         404   200    200     200  404  404    404      404 404
showHuggg               another's             401    403   404         404   404    404     404  404  404    404      404 404
showHugggWhole          another's             401    403   404         404   404    404     404  404  404    404      404 404
showHuggg               another-merchant's    401    403   404         404   404    404     404  404  404    404      404 404
showHugggWhole          another-merchant's    401    403   404         404   404    404     404  404  404    404      404 404
showHuggg               missing               401    403   404         404   404    404     404  404  404    404      404 404
listThanks              own                   401    403   200         200   200    200     200  200  200    200      200 200
listThanks              sent                  401    403   404         200   200    200     200  404  404    404      404 200
listThanks              mate's                401    403   404         404   200    200     404  404  404    404      404 404
listThanks              subteam's             401    403   404         404   200    200     200  404  404    404      404 404
listThanks              another's             401    403   404         404   404    404     404  404  404    404      404 404
listThanks              another-merchant's    401    403   404         404   404    404     404  404  404    404      404 404
listThanks              missing               401    403   404         404   404    404     404  404  404    404      404 404
showHugggWhole          missing               401    403   404         404   404    404     404  404  404    404      404 404
cancelHuggg             own                   401    403   403         403   403    403     403  403  403    403      403 403
cancelHuggg             sent                  401    403   404         201   201    201     201  404  404    404      404 201
cancelHuggg             mate's                401    403   404         404   201    201     404  404  404    404      404 404
cancelHuggg             subteam's             401    403   404         404   201    201     201  404  404    404      404 404
cancelHuggg             another's             401    403   404         404   404    404     404  404  404    404      404 404
cancelHuggg             missing               401    403   404         404   404    404     404  404  404    404      404 404
cancelTransaction       own                   401    403   404         201   201    201     201  404  404    404      404 201
cancelTransaction       mate's                401    403   404         404   201    201     404  404  404    404      404 404
cancelTransaction       subteam's             401    403   404         404   201    201     201  404  404    404      404 404
cancelTransaction       another's             401    403   404         404   404    404     404  404  404    404      404 404
cancelTransaction       missing               401    403   404         404   404    404     404  404  404    404      404 404
changeHuggg             own                   401    403   403         403   403    403     403  403  403    403      403 403
changeHuggg             sent                  401    403   404         200   200    200     200  404  404    404      404 200
changeHuggg             mate's                401    403   404         404   200    200     404  404  404    404      404 404
changeHuggg             subteam's             401    403   404         404   200    200     200  404  404    404      404 404
changeHuggg             another's             401    403   404         404   404    404     404  404  404    404      404 404
changeHuggg             missing               401    403   404         404   404    404     404  404  404    404      404 404
changeTransaction       own                   401    403   404         200   200    200     200  404  404    404      404 200
changeTransaction       mate's                401    403   404         404   200    200     404  404  404    404      404 404
changeTransaction       subteam's             401    403   404         404   200    200     200  404  404    404      404 404
changeTransaction       another's             401    403   404         404   404    404     404  404  404    404      404 404
changeTransaction       missing               401    403   404         404   404    404     404  404  404    404      404 404
listTransactionDeliveries own                 401    403   404         200   200    200     200  404  404    404      404 200
listTransactionDeliveries mate's              401    403   404         404   200    200     404  404  404    404      404 404
listTransactionDeliveries subteam's           401    403   404         404   200    200     200  404  404    404      404 404
listTransactionDeliveries another's           401    403   404         404   404    404     404  404  404    404      404 404
listTransactionDeliveries missing             401    403   404         404   404    404     404  404  404    404      404 404
printTransaction        own                   401    403   404         200   200    200     200  404  404    404      404 200
printTransaction        mate's                401    403   404         404   200    200     404  404  404    404      404 404
printTransaction        subteam's             401    403   404         404   200    200     200  404  404    404      404 404
printTransaction        another's             401    403   404         404   404    404     404  404  404    404      404 404
printTransaction        missing               401    403   404         404   404    404     404  404  404    404      404 404
listHugggDeliveries     own                   401    403   200         200   200    200     200  200  200    200      200 200
listHugggDeliveries     sent                  401    403   404         200   200    200     200  404  404    404      404 200
listHugggDeliveries     mate's                401    403   404         404   200    200     404  404  404    404      404 404
listHugggDeliveries     another's             401    403   404         404   404    404     404  404  404    404      404 404
listHugggDeliveries     missing               401    403   404         404   404    404     404  404  404    404      404 404
printHuggg              own                   401    403   403         403   403    403     403  403  403    403      403 403
printHuggg              sent                  401    403   404         200   200    200     200  404  404    404      404 200
printHuggg              mate's                401    403   404         404   200    200     404  404  404    404      404 404
printHuggg              another's             401    403   404         404   404    404     404  404  404    404      404 404
printHuggg              missing               401    403   404         404   404    404     404  404  404    404      404 404
deliverHugggAgain       own                   401    403   403         403   403    403     403  403  403    403      403 403
deliverHugggAgain       sent                  401    403   404         201   201    201     201  404  404    404      404 201
deliverHugggAgain       mate's                401    403   404         404   201    201     404  404  404    404      404 404
deliverHugggAgain       another's             401    403   404         404   404    404     404  404  404    404      404 404
deliverHugggAgain       missing               401    403   404         404   404    404     404  404  404    404      404 404
claimHuggg              own                   401    403   201         201   201    201     201  201  201    201      201 201
claimHuggg              sent                  401    403   201         201   201    201     201  201  201    201      201 201
claimHuggg              mate's                401    403   201         201   201    201     201  201  201    201      201 201
claimHuggg              missing               401    403   404         404   404    404     404  404  404    404      404 404
pickProduct             own                   401    404   201         201   201    201     201  201  201    201      201 201
pickProduct             sent                  401    404   201         201   201    201     201  201  201    201      201 201
pickProduct             missing               401    404   404         404   404    404     404  404  404    404      404 404
generateVoucher         own                   401    404   200         200   200    200     200  200  200    200      200 200
generateVoucher         sent                  401    404   404         200   200    200     200  404  404    404      404 200
generateVoucher         mate's                401    404   404         404   404    404     404  404  404    404      404 404
generateVoucher         another's             401    404   404         404   404    404     404  404  404    404      404 404
generateVoucher         another-merchant's    401    404   404         404   404    404     404  404  404    404      404 404
generateVoucher         missing               401    404   404         404   404    404     404  404  404    404      404 404
generateVoucherClaimed  own                   401    404   200         200   200    200     200  200  200    200      200 200
generateVoucherClaimed  another's             401    404   404         404   404    404     404  404  404    404      404 404
generateVoucherClaimed  another-merchant's    401    404   404         404   404    404     404  404  404    404      404 404
generateVoucherClaimed  missing               401    404   404         404   404    404     404  404  404    404      404 404

showAdjustmentCodes     own                   401    403   403         403   403    403     403  200  200    403      403 403
showAdjustmentCodes     another's             401    403   403         403   403    403     403  200  200    403      403 403
showAdjustmentCodes     another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
showAdjustmentCodes     missing               401    404   404         404   404    404     404  404  404    404      404 404
redeemHuggg             own                   401    403   201         201   201    201     201  201  201    201      201 201
redeemHuggg             sent                  401    403   403         201   201    201     201  201  422    403      403 201
redeemHuggg             mate's                401    403   403         403   403    403     403  201  422    403      403 403
redeemHuggg             another's             401    403   403         403   403    403     403  201  422    403      403 403
redeemHuggg             another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
redeemHuggg             missing               401    404   404         404   404    404     404  404  404    404      404 404
unredeemHuggg           own                   401    403   403         403   403    403     403  200  403    403      403 403
unredeemHuggg           another's             401    403   403         403   403    403     403  200  403    403      403 403
unredeemHuggg           another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
unredeemHuggg           missing               401    404   404         404   404    404     404  404  404    404      404 404
showAtTill              own                   401    403   403         403   403    403     403  200  200    403      403 403
showAtTill              another's             401    403   403         403   403    403     403  200  200    403      403 403
showAtTill              another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
showAtTill              missing               401    404   404         404   404    404     404  404  404    404      404 404
redeemHugggOnce         own                   401    403   201         201   201    201     201  201  201    201      201 201
redeemHugggOnce         sent                  401    403   403         201   201    201     201  201  422    403      403 201
redeemHugggOnce         another's             401    403   403         403   403    403     403  201  422    403      403 403
redeemHugggOnce         another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
redeemHugggOnce         missing               401    404   404         404   404    404     404  404  404    404      404 404
reverseRedemption       own                   401    403   403         403   403    403     403  201  403    403      403 403
reverseRedemption       another's             401    403   403         403   403    403     403  201  403    403      403 403
reverseRedemption       another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
reverseRedemption       missing               401    404   404         404   404    404     404  404  404    404      404 404
showIdempotencyKey      missing               401    404   404         404   404    404     404  404  404    404      404 404
holdHuggg               own                   401    403   403         403   403    403     403  201  422    403      403 403
holdHuggg               another's             401    403   403         403   403    403     403  201  422    403      403 403
holdHuggg               another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
holdHuggg               missing               401    404   404         404   404    404     404  404  404    404      404 404
confirmHold             own                   401    403   403         403   403    403     403  201  403    403      403 403
confirmHold             another's             401    403   403         403   403    403     403  201  403    403      403 403
confirmHold             another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
confirmHold             missing               401    404   404         404   404    404     404  404  404    404      404 404
reverseHold             own                   401    403   403         403   403    403     403  201  403    403      403 403
reverseHold             another's             401    403   403         403   403    403     403  201  403    403      403 403
reverseHold             another-merchant's    401    403   403         403   403    403     403  403  403    403      403 403
reverseHold             missing               401    404   404         404   404    404     404  404  404    404      404 404

showOfflineKit          -                     401    403   403         403   403    403     403  200  200  200    403      403
takeInOfflineScan       -                     401    403   403         403   403    403     403  422  422  422    403      403
listOfflineConflicts    -                     401    403   403         403   403    403     403  200  200  200    403      403
settleOfflineConflict   -                     401    403   403         403   403    403     403  404  404  404    403      403
"""  # noqa: E501 - a table

OURS_AT_THE_TILL = {
    *("showAtTill", "redeemHugggOnce", "reverseRedemption"),
    *("holdHuggg", "confirmHold", "reverseHold"),
}
"""Operations of ours that answer strangers as the published ones beside them do."""

TOLD_APART = {"showAdjustmentCodes", "redeemHuggg", "unredeemHuggg", *OURS_AT_THE_TILL}
"""Where the published pages want 403 for another's row and 404 for a missing one."""

HEAD, *ROWS = (line.split() for line in TABLE.splitlines() if line)
CELLS: dict[str, dict[str, dict[str, int]]] = {}
for operation, target, *statuses in ROWS:
    CELLS.setdefault(operation, {})[target] = dict(zip(HEAD[2:], map(int, statuses), strict=True))


@pytest.fixture(scope="module")
async def cast(town: World) -> Cast:
    return await gather_cast(town)


def test_the_table_has_every_operation_and_every_kind_of_caller() -> None:
    assert HEAD[2:] == list(CALLERS)
    document = msgspec.json.decode(described().document)
    paths = document["paths"].values()
    of_the_api = {o["operationId"] for methods in paths for o in methods.values()}
    of_pages = {route.operation.id for route in ROUTES if route.operation.is_page}
    assert set(CELLS) == of_the_api | of_pages
    assert set(CELLS) == set(REQUESTS)


@pytest.mark.parametrize("operation", CELLS)
async def test_each_kind_of_caller_may_do_its_operations_alone(cast: Cast, operation: str) -> None:
    bodies: dict[str, dict[str, bytes]] = {}
    for target, expected in CELLS[operation].items():
        requests = {caller: await REQUESTS[operation](cast, caller, target) for caller in CALLERS}
        statuses, bodies[target] = {}, {}
        async with nothing_moves(cast.world.platform.database, but=("api_keys",)):
            for caller in (c for c in CALLERS if expected[c] >= 400):
                answer = await cast.call(caller, requests[caller])
                statuses[caller], bodies[target][caller] = answer.status_code, answer.content
        for caller in (c for c in CALLERS if expected[c] < 400):
            statuses[caller] = (await cast.call(caller, requests[caller])).status_code
        assert {caller: statuses[caller] for caller in CALLERS} == expected, target
    for target in {"another's", "another-merchant's"} & bodies.keys():
        if operation not in TOLD_APART:
            assert bodies[target] == bodies["missing"], target
