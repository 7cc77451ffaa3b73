#pragma once
// One connection of a transfer. Inside hub.
#include "maru/hub/download.h"
#include "maru/net/http.h"

namespace maru::hub {

// Brings pieces until there are none. What goes wrong ends the download; nothing is thrown.
void fetch_pieces(Download& download, Worker& worker, const net::Settings& settings);

}  // namespace maru::hub
